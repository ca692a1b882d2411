// cutmix.h from C++: every name has the linkage of C, and the header may be read twice.
#include <cutmix.h>
#include <cutmix.h>

#include <cstdint>

namespace {
int sent;
}

extern "C" int take(void *, const uint8_t *, size_t length) {
    sent += static_cast<int>(length);
    return 0;
}

int main() {
    const cutmix_shape shape = {4, 4, 1, CUTMIX_LAYOUT_HWC, 1};
    uint8_t frame[16] = {0}, partner[16];
    for (uint8_t &pixel : partner) {
        pixel = 1;
    }
    cutmix_policy policy;
    cutmix_stream stream;
    cutmix_header header = {};
    header.shape = shape;
    header.element = CUTMIX_ELEMENT_U8;
    cutmix_status status = cutmix_policy_init(&policy, 1);
    status = status == CUTMIX_STATUS_OK ? cutmix_policy_set_rule(&policy, CUTMIX_RULE_INSIDE) : status;
    status = status == CUTMIX_STATUS_OK ? cutmix_stream_init(&stream, 42, 0, 7) : status;
    status = status == CUTMIX_STATUS_OK ? cutmix_plan_draw(&policy, &shape, 1, &stream, &header.plan) : status;
    status = status == CUTMIX_STATUS_OK ? cutmix_paste(frame, sizeof frame, partner, sizeof partner, &shape, &header.plan) : status;
    status = status == CUTMIX_STATUS_OK ? cutmix_record_sample(&header, frame, sizeof frame, 4, take, nullptr) : status;
    int pasted = 0;
    for (uint8_t pixel : frame) {
        pasted += pixel;
    }
    const int area = (header.plan.x1 - header.plan.x0) * (header.plan.y1 - header.plan.y0);
    return status == CUTMIX_STATUS_OK && pasted == area && sent > 16 ? 0 : 1;
}
