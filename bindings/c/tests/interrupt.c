/* An interrupt that draws from the stream of what it interrupts, on a chip: each call has the stream for itself, or says that it is in use. Afterwards the
 * stream stands where as many draws without interrupts leave it. The interrupt also offers frames to the ring that they are drawn from. */
#include "../example/chip.h"

#include <cutmix.h>

#define CALLS 100000

static cutmix_stream shared;
static cutmix_ring ring;
static volatile uint32_t done, offered, busy, other;

static void count(cutmix_status status, volatile uint32_t *ok) {
    if (status == CUTMIX_STATUS_OK) {
        ++*ok;
    } else if (status == CUTMIX_STATUS_BUSY) {
        ++busy;
    } else {
        ++other;
    }
}

void tick(void) {
    uint32_t value;
    count(cutmix_stream_below(&shared, 0x80000000u, &value), &done);
    count(cutmix_ring_offer(&ring, &value), &offered);
}

int main(void) {
    if (cutmix_stream_init(&shared, 42, 0, 7) != CUTMIX_STATUS_OK || cutmix_ring_init(&ring, 1000) != CUTMIX_STATUS_OK) {
        return 1;
    }
    volatile uint32_t *clock = (volatile uint32_t *)0xe000e010;
    clock[1] = 28; /* not a divisor of what a round takes, so that it comes everywhere */
    clock[2] = 0;
    clock[0] = 7; /* of the processor's clock, with an interrupt */
    uint32_t own = 0, own_busy = 0, slots = 0;
    for (uint32_t call = 0; call < CALLS; call++) {
        uint32_t value;
        cutmix_status status = cutmix_stream_below(&shared, 0x80000000u, &value);
        own += status == CUTMIX_STATUS_OK;
        own_busy += status != CUTMIX_STATUS_OK;
        slots += cutmix_ring_offer(&ring, &value) == CUTMIX_STATUS_OK;
    }
    clock[0] = 0;

    cutmix_stream alone;
    uint32_t value;
    cutmix_status status = cutmix_stream_init(&alone, 42, 0, 7);
    for (uint32_t call = 0; call < own + done && status == CUTMIX_STATUS_OK; call++) {
        status = cutmix_stream_below(&alone, 0x80000000u, &value);
    }
    if (busy == 0 || done == 0 || offered == 0) {
        put("the interrupt never came in between\n");
        return 1;
    }
    /* What was interrupted goes on only when the interrupt has returned, so it never finds the stream in use. */
    if (other != 0 || own_busy != 0 || slots != CALLS || status != CUTMIX_STATUS_OK) {
        put("a call was refused without a reason\n");
        return 1;
    }
    if (alone.words[0] != shared.words[0] || alone.words[1] != shared.words[1] || ring.next != (slots + offered) % 1000) {
        put("a word was drawn twice, or a slot given twice\n");
        return 1;
    }
    return 0;
}
