#ifndef CHIP_H
#define CHIP_H

#include <stdint.h>

/** Writes text. */
void put(const char *text);

/** Ends the program, and QEMU with it. */
void leave(int code);

/** Called at ticks of the processor's clock, if the program defines it. */
void tick(void);

#endif
