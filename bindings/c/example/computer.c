/* The loop on a computer: its lines must be those of firmware-example/golden.txt. */
#include <stdio.h>

#include "loop.h"

void put(const char *text) { fputs(text, stdout); }

int main(void) {
    cutmix_status status = loop_small();
    if (status == CUTMIX_STATUS_OK) {
        status = loop_large();
    }
    if (status != CUTMIX_STATUS_OK) {
        fprintf(stderr, "%s\n", cutmix_status_message(status));
    }
    return status == CUTMIX_STATUS_OK ? 0 : 1;
}
