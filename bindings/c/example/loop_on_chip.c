/* The loop on a chip: its lines must be those of firmware-example/golden.txt, of which a Cortex-M0 with 16 KiB of RAM writes those of small frames. */
#include "chip.h"
#include "loop.h"

int main(void) {
    cutmix_status status = loop_small();
#ifdef LARGE_FRAMES
    if (status == CUTMIX_STATUS_OK) {
        status = loop_large();
    }
#endif
    if (status != CUTMIX_STATUS_OK) {
        put(cutmix_status_message(status));
        put("\n");
    }
    return status == CUTMIX_STATUS_OK ? 0 : 1;
}
