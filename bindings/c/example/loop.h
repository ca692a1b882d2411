/* The loop of firmware-example, in C: frames are mixed in place, in fixed buffers, and leave as records and as lines of text. Nothing here knows
 * what it runs on. */
#ifndef LOOP_H
#define LOOP_H

#include <cutmix.h>

/** Of the platform: writes text that ends with a line feed. */
void put(const char *text);

/** Frames of 32 x 32, then the sensors. Lines go to put(); the first error ends it. 11 KB of static memory. */
cutmix_status loop_small(void);

/** Frames of 96 x 96: 146 KB of static memory, where LARGE_FRAMES is defined. */
cutmix_status loop_large(void);

#endif
