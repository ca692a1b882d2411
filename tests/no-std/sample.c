/* The job of `sample` and `sample_uniform` in src/lib.rs, from C: `size` weighs it. */
#include <cutmix.h>

static const cutmix_shape SHAPE = {32, 32, 3, CUTMIX_LAYOUT_HWC, 1};

bool sample_c(uint8_t *dst, const uint8_t *src, float *soft, float alpha, uint64_t index);
bool sample_c_uniform(uint8_t *dst, const uint8_t *src, float *soft, uint64_t index);

bool sample_c(uint8_t *dst, const uint8_t *src, float *soft, float alpha, uint64_t index) {
    cutmix_policy policy;
    cutmix_stream stream;
    cutmix_plan plan;
    return cutmix_policy_init(&policy, alpha) == CUTMIX_STATUS_OK && cutmix_stream_init(&stream, 42, 0, index) == CUTMIX_STATUS_OK &&
           cutmix_plan_draw(&policy, &SHAPE, 1, &stream, &plan) == CUTMIX_STATUS_OK &&
           cutmix_paste(dst, 3072, src, 3072, &SHAPE, &plan) == CUTMIX_STATUS_OK &&
           cutmix_label_soft(&plan, 3, 5, soft, 10) == CUTMIX_STATUS_OK;
}

bool sample_c_uniform(uint8_t *dst, const uint8_t *src, float *soft, uint64_t index) {
    cutmix_policy policy;
    cutmix_stream stream;
    cutmix_plan plan;
    return cutmix_policy_init_uniform(&policy) == CUTMIX_STATUS_OK && cutmix_stream_init(&stream, 42, 0, index) == CUTMIX_STATUS_OK &&
           cutmix_plan_draw_uniform(&policy, &SHAPE, 1, &stream, &plan) == CUTMIX_STATUS_OK &&
           cutmix_paste(dst, 3072, src, 3072, &SHAPE, &plan) == CUTMIX_STATUS_OK &&
           cutmix_label_soft(&plan, 3, 5, soft, 10) == CUTMIX_STATUS_OK;
}
