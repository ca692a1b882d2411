/* A Cortex-M of QEMU, without anything of a vendor's: start, and semihosting for the UART and the exit code. */
#include "chip.h"

#include <string.h>

extern uint32_t data_start[], data_end[], data_in_flash[], bss_start[], bss_end[], stack_end[];

int main(void);
void reset(void);

/* Of a chip without an operating system: a request to the debugger, here QEMU. */
static int request(int operation, const void *argument) {
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void put(const char *text) {
    static uint32_t out; /* the computer's standard output */
    if (out == 0) {
        const uint32_t name[] = {(uint32_t)":tt", 4 /* write */, 3 /* its length */};
        out = (uint32_t)request(0x01 /* SYS_OPEN */, name);
    }
    const uint32_t bytes[] = {out, (uint32_t)text, strlen(text)};
    request(0x05 /* SYS_WRITE */, bytes);
}

void leave(int code) {
    const uint32_t reason[] = {0x20026 /* ADP_Stopped_ApplicationExit */, (uint32_t)code};
    request(0x20 /* SYS_EXIT_EXTENDED */, reason);
    for (;;) {
    }
}

void reset(void) {
#ifdef __ARM_FP
    *(volatile uint32_t *)0xe000ed88 |= 0xfu << 20; /* the FPU is off after reset */
    __asm__ volatile("dsb\n isb");
#endif
    memcpy(data_start, data_in_flash, (size_t)((char *)data_end - (char *)data_start));
    memset(bss_start, 0, (size_t)((char *)bss_end - (char *)bss_start));
    leave(main());
}

static void fault(void) {
    put("fault of the processor\n");
    leave(2);
}

__attribute__((weak)) void tick(void) { fault(); }

/* The stack's upper end, and what the processor calls: at reset, at faults, at ticks of its clock. */
typedef void (*handler)(void);
struct vectors {
    uint32_t *stack;
    handler handlers[15];
};
__attribute__((section(".vectors"), used)) static const struct vectors VECTORS = {
    stack_end,
    {reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, tick},
};
