/* What is easily done wrong, and the status that says so. Each mistake is made here once; nothing may be written then. Run with AddressSanitizer, which sees
 * what is read or written beyond. */
#include <cutmix.h>

#include <stdio.h>
#include <string.h>

static int failures;

static void expect(cutmix_status actual, cutmix_status expected, const char *what, int line) {
    if (actual != expected) {
        printf("line %d: %s is \"%s\", not \"%s\"\n", line, what, cutmix_status_message(actual), cutmix_status_message(expected));
        failures++;
    }
}
#define EXPECT(call, status) expect((call), CUTMIX_STATUS_##status, #call, __LINE__)
#define CHECK(condition)                                                                                                                   \
    do {                                                                                                                                   \
        if (!(condition)) {                                                                                                                \
            printf("line %d: not so: %s\n", __LINE__, #condition);                                                                          \
            failures++;                                                                                                                    \
        }                                                                                                                                  \
    } while (0)

static const cutmix_shape RGB = {8, 4, 3, CUTMIX_LAYOUT_HWC, 1};
static const cutmix_shape RGB565 = {8, 4, 1, CUTMIX_LAYOUT_HWC, 2};

/* Static memory begins with zeros, and nothing of it was set up. */
static cutmix_policy zero_policy;
static cutmix_stream zero_stream;
static cutmix_plan zero_plan;
static cutmix_shape zero_shape;
static cutmix_reservoir zero_reservoir;
static cutmix_ring zero_ring;

static cutmix_policy policy;
static cutmix_stream stream;
static cutmix_plan plan;

/* A frame shorter than its shape; one longer. */
static void lengths(void) {
    uint8_t frame[8 * 4 * 3] = {0}, partner[8 * 4 * 3];
    memset(partner, 255, sizeof partner);
    EXPECT(cutmix_paste(frame, sizeof frame - 1, partner, sizeof partner, &RGB, &plan), FRAME_TOO_SHORT);
    EXPECT(cutmix_paste(frame, sizeof frame, partner, 8 * 4, &RGB, &plan), FRAME_TOO_SHORT); /* pixels instead of bytes */
    EXPECT(cutmix_paste(frame, sizeof frame + 1, partner, sizeof partner, &RGB, &plan), FRAME_TOO_LONG);
    EXPECT(cutmix_paste(frame, (size_t)-1, partner, sizeof partner, &RGB, &plan), FRAME_TOO_LONG);
    EXPECT(cutmix_swap(frame, sizeof frame, partner, sizeof partner - 3, &RGB, &plan), FRAME_TOO_SHORT);
    EXPECT(cutmix_paste_strided(frame, sizeof frame, 30, partner, sizeof partner, 24, &RGB, &plan), FRAME_TOO_SHORT);
    EXPECT(cutmix_paste_strided(frame, sizeof frame, 24, partner, (size_t)-1, 24, &RGB, &plan), FRAME_TOO_LONG);
    for (size_t at = 0; at < sizeof frame; at++) {
        CHECK(frame[at] == 0 && partner[at] == 255);
    }
    EXPECT(cutmix_paste(frame, sizeof frame, partner, sizeof partner, &RGB, &plan), OK);
    CHECK(memchr(frame, 255, sizeof frame) != NULL);
}

/* A stride in bytes where elements are meant. */
static void strides(void) {
    uint16_t frame[10 * 4] = {0}, partner[10 * 4];
    memset(partner, 255, sizeof partner);
    EXPECT(cutmix_paste_strided(frame, sizeof frame, 20, partner, sizeof partner, 10, &RGB565, &plan), STRIDE_IN_BYTES);
    EXPECT(cutmix_paste_strided(frame, sizeof frame, 10, partner, sizeof partner, 20, &RGB565, &plan), STRIDE_IN_BYTES);
    EXPECT(cutmix_paste_strided(frame, sizeof frame, 7, partner, sizeof partner, 10, &RGB565, &plan), STRIDE_TOO_SHORT);
    EXPECT(cutmix_paste_strided(frame, sizeof frame, 0, partner, sizeof partner, 10, &RGB565, &plan), STRIDE_TOO_SHORT);
    EXPECT(cutmix_paste_strided(frame, sizeof frame / 2, 10, partner, sizeof partner, 10, &RGB565, &plan), FRAME_TOO_SHORT);
    CHECK(frame[0] == 0 && frame[39] == 0);
    EXPECT(cutmix_paste_strided(frame, sizeof frame, 10, partner, sizeof partner - 4, 10, &RGB565, &plan), OK);
    for (size_t y = 0; y < 4; y++) {
        for (size_t x = 0; x < 10; x++) {
            bool inside = x >= plan.x0 && x < plan.x1 && y >= plan.y0 && y < plan.y1;
            CHECK(frame[y * 10 + x] == (inside ? 65535 : 0));
        }
    }
}

/* What was not set up. */
static void not_set_up(void) {
    cutmix_plan drawn = {7, 7, 7, 7, 7, 7, 7};
    uint32_t slot = 7;
    bool can_mix = true;
    float soft[4] = {7, 7, 7, 7};
    uint8_t frame[8 * 4 * 3] = {0}, partner[8 * 4 * 3] = {0};
    EXPECT(cutmix_plan_draw(&zero_policy, &RGB, 1, &stream, &drawn), POLICY_NOT_SET_UP);
    EXPECT(cutmix_plan_draw_uniform(&zero_policy, &RGB, 1, &stream, &drawn), POLICY_NOT_SET_UP);
    EXPECT(cutmix_policy_set_rule(&zero_policy, CUTMIX_RULE_INSIDE), POLICY_NOT_SET_UP);
    EXPECT(cutmix_policy_set_probability(&zero_policy, 1), POLICY_NOT_SET_UP);
    EXPECT(cutmix_policy_set_min_max(&zero_policy, 0, 1), POLICY_NOT_SET_UP);
    EXPECT(cutmix_policy_can_mix(&zero_policy, &RGB, &can_mix), POLICY_NOT_SET_UP);
    EXPECT(cutmix_plan_draw(&policy, &RGB, 1, &zero_stream, &drawn), STREAM_NOT_SET_UP);
    EXPECT(cutmix_plan_draw(&policy, &zero_shape, 1, &stream, &drawn), SHAPE_EMPTY);
    EXPECT(cutmix_stream_below(&zero_stream, 6, &slot), STREAM_NOT_SET_UP);
    EXPECT(cutmix_paste(frame, sizeof frame, partner, sizeof partner, &RGB, &zero_plan), PLAN_NOT_SET_UP);
    EXPECT(cutmix_label_soft(&zero_plan, 0, 1, soft, 4), PLAN_NOT_SET_UP);
    EXPECT(cutmix_reservoir_offer(&zero_reservoir, &stream, &slot), SLOTS_NOT_SET_UP);
    EXPECT(cutmix_reservoir_draw(&zero_reservoir, &stream, &slot), SLOTS_NOT_SET_UP);
    EXPECT(cutmix_ring_offer(&zero_ring, &slot), SLOTS_NOT_SET_UP);
    EXPECT(cutmix_ring_draw(&zero_ring, &stream, &slot), SLOTS_NOT_SET_UP);
    CHECK(drawn.partner == 7 && drawn.x1 == 7 && slot == 7 && can_mix && soft[0] == 7 && soft[3] == 7);
}

/* Numbers that are none. */
static void numbers(void) {
    cutmix_policy other;
    cutmix_plan made = {7, 7, 7, 7, 7, 7, 7};
    cutmix_reservoir reservoir;
    cutmix_ring ring;
    float zero = 0, soft[4] = {7, 7, 7, 7};
    uint32_t part = 7, slot = 7;
    EXPECT(cutmix_policy_init(&other, 0), ALPHA);
    EXPECT(cutmix_policy_init(&other, -1), ALPHA);
    EXPECT(cutmix_policy_init(&other, zero / zero), ALPHA);
    EXPECT(cutmix_policy_init_beta(&other, 1, 1 / zero), ALPHA);
    EXPECT(cutmix_policy_init_beta(&other, 2, 3), OK);
    EXPECT(cutmix_policy_set_rule(&other, 5), RULE);
    EXPECT(cutmix_policy_set_rule(&other, CUTMIX_RULE_MIN_MAX), RULE);
    EXPECT(cutmix_policy_set_min_max(&other, 0.5f, 0.5f), MIN_MAX);
    EXPECT(cutmix_policy_set_probability(&other, 50), PROBABILITY);
    EXPECT(cutmix_plan_draw_uniform(&other, &RGB, 1, &stream, &made), NOT_UNIFORM);
    EXPECT(cutmix_plan_draw_on_grid(&policy, &RGB, 0, 2, 1, &stream, &made), GRID);
    EXPECT(cutmix_plan_init(&made, &RGB, 1, 3, 0, 2, 4), BOX);
    EXPECT(cutmix_plan_init(&made, &RGB, 1, 0, 0, 8, 5), BOX);
    EXPECT(cutmix_label_soft(&plan, 0, 4, soft, 4), CLASS);
    EXPECT(cutmix_label_soft(&plan, 0, 0, soft, 0), CLASS);
    EXPECT(cutmix_label_soft(&plan, 0, 1, soft, 65537), CLASSES);
    EXPECT(cutmix_label_smoothed(&plan, 0, 1, 10, soft, 4), SMOOTHING);
    EXPECT(cutmix_reservoir_init(&reservoir, 0), NO_SLOTS);
    EXPECT(cutmix_ring_init(&ring, 0x80000000u), NO_SLOTS);
    EXPECT(cutmix_part_of(3, 0, &part), STRETCH);
    EXPECT(cutmix_reservoir_init(&reservoir, 2), OK);
    EXPECT(cutmix_reservoir_draw(&reservoir, &stream, &slot), EMPTY);
    EXPECT(cutmix_ring_init(&ring, 2), OK);
    EXPECT(cutmix_ring_draw(&ring, &stream, &slot), EMPTY);
    CHECK(made.partner == 7 && soft[0] == 7 && soft[1] == 7 && part == 7 && slot == 7);

    static const struct {
        cutmix_shape shape;
        cutmix_status status;
    } shapes[] = {
        {{0, 4, 3, CUTMIX_LAYOUT_HWC, 1}, CUTMIX_STATUS_SHAPE_EMPTY},
        {{8, 0, 3, CUTMIX_LAYOUT_CHW, 1}, CUTMIX_STATUS_SHAPE_EMPTY},
        {{8, 4, 0, CUTMIX_LAYOUT_HWC, 1}, CUTMIX_STATUS_SHAPE_EMPTY},
        {{8, 4, 0, CUTMIX_LAYOUT_CHW, 1}, CUTMIX_STATUS_SHAPE_EMPTY},
        {{8, 4, 3, 2, 1}, CUTMIX_STATUS_LAYOUT},
        {{8, 4, 3, CUTMIX_LAYOUT_HWC, 0}, CUTMIX_STATUS_ELEMENT_BYTES},
        {{8, 4, 3, CUTMIX_LAYOUT_HWC, 3}, CUTMIX_STATUS_ELEMENT_BYTES},
        {{65535, 65535, 1, CUTMIX_LAYOUT_HWC, 1}, CUTMIX_STATUS_SHAPE_TOO_LARGE},
        {{65535, 2, 65535, CUTMIX_LAYOUT_CHW, 1}, CUTMIX_STATUS_SHAPE_TOO_LARGE},
        {{1, 1, 32768, CUTMIX_LAYOUT_HWC, 2}, CUTMIX_STATUS_SHAPE_TOO_LARGE},
        {{1, 1, 32767, CUTMIX_LAYOUT_HWC, 2}, CUTMIX_STATUS_OK},
        {{1, 1, 65535, CUTMIX_LAYOUT_CHW, 8}, CUTMIX_STATUS_OK},
    };
    for (size_t at = 0; at < sizeof shapes / sizeof *shapes; at++) {
        expect(cutmix_shape_check(&shapes[at].shape), shapes[at].status, "a shape", (int)at);
    }
}

/* Pointers that are none, and memory that is used twice. */
static void pointers(void) {
    static uint64_t memory[32];
    uint8_t *bytes = (uint8_t *)memory;
    uint8_t frame[8 * 4 * 3] = {0}, partner[8 * 4 * 3] = {0};
    cutmix_plan drawn = {7, 7, 7, 7, 7, 7, 7}, small;
    uint32_t number;
    EXPECT(cutmix_policy_init(NULL, 1), NULL);
    EXPECT(cutmix_plan_draw(NULL, &RGB, 1, &stream, &drawn), NULL);
    EXPECT(cutmix_plan_draw(&policy, NULL, 1, &stream, &drawn), NULL);
    EXPECT(cutmix_plan_draw(&policy, &RGB, 1, NULL, &drawn), NULL);
    EXPECT(cutmix_plan_draw(&policy, &RGB, 1, &stream, NULL), NULL);
    EXPECT(cutmix_paste(NULL, sizeof frame, partner, sizeof partner, &RGB, &plan), NULL);
    EXPECT(cutmix_paste(frame, sizeof frame, NULL, sizeof partner, &RGB, &plan), NULL);
    EXPECT(cutmix_paste(frame, sizeof frame, partner, sizeof partner, NULL, &plan), NULL);
    EXPECT(cutmix_paste(frame, sizeof frame, partner, sizeof partner, &RGB, NULL), NULL);
    EXPECT(cutmix_stream_below(&stream, 6, NULL), NULL);
    EXPECT(cutmix_label_q16(&plan, &number, NULL), NULL);
    EXPECT(cutmix_plan_kept(&plan, NULL, &number), NULL);
    EXPECT(cutmix_stream_init((cutmix_stream *)(void *)(bytes + 4), 1, 0, 0), UNALIGNED);
    EXPECT(cutmix_policy_init((cutmix_policy *)(void *)(bytes + 1), 1), UNALIGNED);
    EXPECT(cutmix_label_soft(&plan, 0, 1, (float *)(void *)(bytes + 2), 4), UNALIGNED);
    EXPECT(cutmix_paste(frame, sizeof frame, frame, sizeof frame, &RGB, &plan), OVERLAP);
    EXPECT(cutmix_paste(bytes, 96, bytes + 95, 96, &RGB, &plan), OVERLAP);
    EXPECT(cutmix_paste(bytes + 95, 96, bytes, 96, &RGB, &plan), OVERLAP);
    EXPECT(cutmix_swap(bytes, 96, bytes + 1, 96, &RGB, &plan), OVERLAP);
    EXPECT(cutmix_paste(bytes, 96, bytes + 96, 96, &RGB, &plan), OK);
    EXPECT(cutmix_paste(bytes + 97, 96, bytes + 1, 96, &RGB, &plan), OK); /* images may lie at any address */
    CHECK(drawn.partner == 7 && memory[31] == 0);

    const cutmix_shape other = {4, 8, 3, CUTMIX_LAYOUT_HWC, 1};
    EXPECT(cutmix_plan_init(&small, &other, 1, 0, 0, 2, 2), OK);
    EXPECT(cutmix_paste(frame, sizeof frame, partner, sizeof partner, &RGB, &small), PLAN_SIZE);
    small.x1 = 5;
    EXPECT(cutmix_paste(frame, sizeof frame, partner, sizeof partner, &other, &small), BOX);
    EXPECT(cutmix_plan_kept(&small, &number, &number), BOX);
}

static int sends(void *context, const uint8_t *bytes, size_t length) {
    (void)bytes;
    *(size_t *)context += length;
    return 0;
}

static int fails(void *context, const uint8_t *bytes, size_t length) {
    (void)bytes, (void)length;
    ++*(size_t *)context;
    return -1;
}

static void records(void) {
    cutmix_header header = {1, 0, 0, RGB, plan, 0, 1, CUTMIX_ELEMENT_U8, 0};
    uint8_t frame[8 * 4 * 3] = {0};
    size_t sent = 0;
    EXPECT(cutmix_record_sample(&header, frame, sizeof frame, 24, NULL, &sent), NULL);
    EXPECT(cutmix_record_sample(&header, NULL, sizeof frame, 24, sends, &sent), NULL);
    EXPECT(cutmix_record_sample(NULL, frame, sizeof frame, 24, sends, &sent), NULL);
    EXPECT(cutmix_record_sample(&header, frame, sizeof frame - 1, 24, sends, &sent), FRAME_TOO_SHORT);
    EXPECT(cutmix_record_sample(&header, frame, sizeof frame, 23, sends, &sent), STRIDE_TOO_SHORT);
    header.element = 0;
    EXPECT(cutmix_record_sample(&header, frame, sizeof frame, 24, sends, &sent), ELEMENT);
    header.element = CUTMIX_ELEMENT_U16;
    EXPECT(cutmix_record_sample(&header, frame, sizeof frame, 24, sends, &sent), ELEMENT_SIZE);
    header.element = CUTMIX_ELEMENT_BGR;
    header.shape.channels = 4;
    EXPECT(cutmix_record_sample(&header, frame, 128, 32, sends, &sent), CHANNELS);
    header.shape = RGB565;
    header.element = CUTMIX_ELEMENT_YUYV;
    header.plan.x0 = 1;
    EXPECT(cutmix_record_sample(&header, frame, 64, 8, sends, &sent), HALF_PAIR);
    EXPECT(cutmix_record_sample(&header, frame, 64, 16, sends, &sent), STRIDE_IN_BYTES);
    header.shape.width = header.plan.width = 7;
    header.plan.x0 = header.plan.x1 = 0;
    EXPECT(cutmix_record_sample(&header, frame, 56, 7, sends, &sent), ODD_WIDTH);
    header.shape.width = 9;
    EXPECT(cutmix_record_plan(&header, sends, &sent), PLAN_SIZE);
    CHECK(sent == 0); /* everything is checked before the first byte leaves */
    header = (cutmix_header){1, 0, 0, RGB, plan, 0, 1, CUTMIX_ELEMENT_U8, 0};
    EXPECT(cutmix_record_plan(&header, fails, &sent), SINK);
    EXPECT(cutmix_record_sample(&header, frame, sizeof frame, 24, fails, &sent), SINK);
    CHECK(sent == 2); /* and not one byte after a sink that failed */
    EXPECT(cutmix_record_plan(&header, sends, &sent), OK);
    CHECK(sent > 2 + 20 && sent <= 2 + 72);
}

int main(void) {
    CHECK(cutmix_version() == CUTMIX_VERSION);
    EXPECT(cutmix_policy_init(&policy, 1), OK);
    EXPECT(cutmix_policy_set_rule(&policy, CUTMIX_RULE_INSIDE), OK);
    EXPECT(cutmix_stream_init(&stream, 42, 0, 7), OK);
    EXPECT(cutmix_plan_init(&plan, &RGB, 1, 2, 1, 6, 3), OK);
    lengths();
    strides();
    not_set_up();
    numbers();
    pointers();
    records();
    for (uint32_t status = 0; status < 50; status++) {
        CHECK(cutmix_status_message(status) != NULL && strlen(cutmix_status_message(status)) > 3);
    }
    printf("%d of the mistakes went by\n", failures);
    return failures == 0 ? 0 : 1;
}
