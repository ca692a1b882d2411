/* Prints what the steps cost on a chip, in instructions as QEMU counts them: of 256 plans at alpha = 0.25 for frames of 32 x 32 RGB bytes, the mean. A real chip
 * needs more cycles than that. TICK is how many picoseconds a tick of the processor's clock takes, of which an instruction takes a thousand. */
#include "../example/chip.h"

#include <cutmix.h>

#define PLANS 256
#define REPEAT 16 /* since a tick is many instructions */
#define STRIDE 112

static uint8_t frame[STRIDE * 32], partner[STRIDE * 32];

static volatile uint32_t *const CLOCK = (volatile uint32_t *)0xe000e010;

static void put_mean(const char *what, uint64_t ticks) {
    char digits[12];
    int at = sizeof digits - 1;
    uint32_t number = (uint32_t)(ticks * TICK / PLANS / REPEAT / 1000);
    digits[at] = 0;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    put(what), put(digits + at), put("\n");
}

int main(void) {
    static const cutmix_shape SHAPE = {32, 32, 3, CUTMIX_LAYOUT_HWC, 1};
    uint64_t drawn = 0, pasted = 0, packed = 0;
    cutmix_policy policy;
    cutmix_status status = cutmix_policy_init(&policy, 0.25f);
    CLOCK[1] = 0xffffff;
    CLOCK[2] = 0;
    CLOCK[0] = 5; /* of the processor's clock, without an interrupt */
    for (uint32_t sample = 0; sample < PLANS && status == CUTMIX_STATUS_OK; sample++) {
        cutmix_stream stream;
        cutmix_plan plan;
        uint32_t start = CLOCK[2]; /* it counts down, in 24 bits */
        for (int again = 0; again < REPEAT; again++) {
            status |= cutmix_stream_init(&stream, 42, 1, sample);
            status |= cutmix_plan_draw(&policy, &SHAPE, 0, &stream, &plan);
        }
        drawn += (start - CLOCK[2]) & 0xffffff;
        start = CLOCK[2];
        for (int again = 0; again < REPEAT; again++) {
            status |= cutmix_paste_strided(frame, sizeof frame, STRIDE, partner, sizeof partner, STRIDE, &SHAPE, &plan);
        }
        pasted += (start - CLOCK[2]) & 0xffffff;
        start = CLOCK[2];
        for (int again = 0; again < REPEAT; again++) {
            status |= cutmix_paste(frame, 3072, partner, 3072, &SHAPE, &plan);
        }
        packed += (start - CLOCK[2]) & 0xffffff;
    }
    put_mean("  a stream and a plan: ", drawn);
    put_mean("  paste between padded rows: ", pasted);
    put_mean("  paste without padding: ", packed);
    return status == CUTMIX_STATUS_OK ? 0 : 1;
}
