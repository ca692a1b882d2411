#include "loop.h"

#include <string.h>

/* What a camera's DMA writes behind each row, and nobody else may change. */
#define PADDING 0xa5

/* A step that fails ends the function: its status says why. */
#define TRY(step)                                                                                                                          \
    do {                                                                                                                                   \
        cutmix_status status_ = (step);                                                                                                    \
        if (status_ != CUTMIX_STATUS_OK) {                                                                                                 \
            return status_;                                                                                                                \
        }                                                                                                                                  \
    } while (0)

/* A size of frames, and how they lie in memory. */
struct size {
    const char *name;
    cutmix_shape shape;
    size_t stride; /* in elements, more than a row has */
    uint32_t frames;
};

/* What is known of a frame that is kept. */
struct kept {
    uint32_t number;
    uint16_t class;
};

/* All memory that frames take: the one that the camera writes, and slots to draw partners from. */
struct buffers {
    uint8_t *frame;
    uint8_t *slots; /* one behind the other */
    struct kept *kept;
    size_t bytes; /* of a frame */
    uint32_t count;
};

static const struct size SMALL = {"32×32", {32, 32, 3, CUTMIX_LAYOUT_HWC, 1}, 112, 160};
static uint8_t small_frame[112 * 32], small_slots[2][112 * 32];
static struct kept small_kept[2];

/* FNV-1a, 64 bits. */
struct digest {
    uint64_t hash;
    size_t bytes;
};

static struct digest empty_digest(void) {
    struct digest digest = {0xcbf29ce484222325u, 0};
    return digest;
}

static void add(struct digest *digest, const uint8_t *bytes, size_t length) {
    for (size_t at = 0; at < length; at++) {
        digest->hash = (digest->hash ^ bytes[at]) * 0x100000001b3u;
    }
    digest->bytes += length;
}

/* Stands for the link: a real device sends the bytes. */
static int to_digest(void *context, const uint8_t *bytes, size_t length) {
    add(context, bytes, length);
    return 0;
}

/* A line of text. */
struct line {
    char text[192];
    size_t length;
};

static void add_text(struct line *line, const char *text) {
    for (; *text != 0 && line->length < sizeof line->text - 1; text++) {
        line->text[line->length++] = *text;
    }
    line->text[line->length] = 0;
}

/* In decimal, with spaces in front up to `width` characters. */
static void add_number(struct line *line, uint32_t number, int width) {
    char digits[16];
    int at = sizeof digits - 1;
    digits[at] = 0;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
        width--;
    } while (number > 0);
    while (width-- > 0) {
        digits[--at] = ' ';
    }
    add_text(line, digits + at);
}

static void add_hash(struct line *line, uint64_t hash) {
    char digits[17];
    for (int at = 15; at >= 0; at--) {
        digits[at] = "0123456789abcdef"[hash & 15];
        hash >>= 4;
    }
    digits[16] = 0;
    add_text(line, digits);
}

static void end_line(struct line *line) {
    add_text(line, "\n");
    put(line->text);
    line->length = 0;
}

static cutmix_status put_mixed(const char *name, const cutmix_header *header, uint64_t hash) {
    const cutmix_plan *plan = &header->plan;
    uint32_t of_first, of_second, kept, total;
    TRY(cutmix_label_q16(plan, &of_first, &of_second));
    TRY(cutmix_plan_kept(plan, &kept, &total));

    struct line line = {"", 0};
    add_text(&line, name), add_text(&line, " frame "), add_number(&line, header->index, 2);
    add_text(&line, ", class "), add_number(&line, header->first, 1);
    add_text(&line, " · "), add_number(&line, of_first, 5);
    add_text(&line, " + "), add_number(&line, header->second, 1);
    add_text(&line, " · "), add_number(&line, of_second, 5);
    add_text(&line, ", of frame "), add_number(&line, plan->partner, 2);
    add_text(&line, " the box "), add_number(&line, plan->x0, 1), add_text(&line, ".."), add_number(&line, plan->x1, 1);
    add_text(&line, " × "), add_number(&line, plan->y0, 1), add_text(&line, ".."), add_number(&line, plan->y1, 1);
    add_text(&line, ", kept "), add_number(&line, kept, 1), add_text(&line, "/"), add_number(&line, total, 1);
    add_text(&line, ", digest "), add_hash(&line, hash);
    end_line(&line);
    return CUTMIX_STATUS_OK;
}

static void put_unmixed(const char *name, uint32_t number, uint32_t class, const char *why) {
    struct line line = {"", 0};
    add_text(&line, name), add_text(&line, " frame "), add_number(&line, number, 2);
    add_text(&line, ", class "), add_number(&line, class, 1), add_text(&line, why);
    end_line(&line);
}

/* Stands in for a camera driver: stripes in one of ten directions, which is the class, under noise. */
static cutmix_status capture(const struct size *size, uint32_t number, uint8_t *frame, uint16_t *class) {
    const cutmix_shape *shape = &size->shape;
    cutmix_stream noise;
    uint32_t drawn, value;
    TRY(cutmix_stream_init(&noise, 1, 0, number));
    TRY(cutmix_stream_below(&noise, 10, &drawn));
    for (uint32_t y = 0; y < shape->height; y++) {
        uint8_t *row = frame + y * size->stride;
        for (uint32_t x = 0; x < shape->width; x++) {
            uint32_t stripe = (x * drawn + y * (9 - drawn)) / 24 % 2;
            for (uint32_t channel = 0; channel < shape->channels; channel++) {
                TRY(cutmix_stream_below(&noise, 128, &value));
                *row++ = (uint8_t)(stripe * 128 + value);
            }
        }
        memset(row, PADDING, size->stride - (size_t)shape->width * shape->channels);
    }
    *class = (uint16_t)drawn;
    return CUTMIX_STATUS_OK;
}

/* Keeps the frame of `buffers` if the reservoir says so, and draws a partner of those kept. Partners must be frames as the camera saw them, so a frame is
 * kept before it is changed. */
static cutmix_status partner_of(const struct buffers *buffers, cutmix_reservoir *reservoir, cutmix_stream *stream, uint32_t number,
                                uint16_t class, uint32_t *partner) {
    uint32_t slot;
    TRY(cutmix_reservoir_offer(reservoir, stream, &slot));
    if (slot != CUTMIX_NOT_KEPT) {
        memcpy(buffers->slots + slot * buffers->bytes, buffers->frame, buffers->bytes);
        buffers->kept[slot].number = number;
        buffers->kept[slot].class = class;
    }
    return cutmix_reservoir_draw(reservoir, stream, partner);
}

/* Mixes the frame of `buffers`, in place, and fills in what the header says of it. */
static cutmix_status augment(const struct size *size, const struct buffers *buffers, const cutmix_policy *policy, cutmix_reservoir *reservoir,
                             cutmix_header *header, uint64_t *hash) {
    cutmix_stream stream;
    uint32_t slot;
    TRY(cutmix_stream_init(&stream, header->seed, header->epoch, header->index));
    TRY(partner_of(buffers, reservoir, &stream, header->index, header->first, &slot));
    TRY(cutmix_plan_draw(policy, &size->shape, buffers->kept[slot].number, &stream, &header->plan));
    TRY(cutmix_paste_strided(buffers->frame, buffers->bytes, size->stride, buffers->slots + slot * buffers->bytes, buffers->bytes, size->stride,
                             &size->shape, &header->plan));
    header->second = buffers->kept[slot].class;

    struct digest pixels = empty_digest();
    size_t row = (size_t)size->shape.width * size->shape.channels;
    for (uint32_t y = 0; y < size->shape.height; y++) {
        const uint8_t *start = buffers->frame + y * size->stride;
        add(&pixels, start, row);
        for (size_t at = row; at < size->stride; at++) {
            if (start[at] != PADDING) {
                put("overrun: the padding of a row was written\n");
                return CUTMIX_STATUS_INTERNAL;
            }
        }
    }
    *hash = pixels.hash;
    return CUTMIX_STATUS_OK;
}

static cutmix_status run(const struct size *size, const struct buffers *buffers) {
    const cutmix_shape *shape = &size->shape;
    cutmix_policy policy;
    cutmix_reservoir reservoir;
    TRY(cutmix_policy_init(&policy, 0.25f)); /* as in the Keras example */
    TRY(cutmix_reservoir_init(&reservoir, buffers->count));
    struct digest records = empty_digest();
    for (uint32_t number = 0; number < size->frames; number++) {
        cutmix_header header = {42, 0, number, *shape, {0, 0, 0, 0, 0, 0, 0}, 0, 0, CUTMIX_ELEMENT_U8, 0};
        TRY(capture(size, number, buffers->frame, &header.first));
        header.second = header.first;
        TRY(cutmix_plan_init_unmixed(&header.plan, shape, number));
        TRY(cutmix_record_sample(&header, buffers->frame, buffers->bytes, size->stride, to_digest, &records));

        /* Frames to test on are never mixed, nor those next to them: the host would have to throw such samples away. */
        uint32_t part;
        TRY(cutmix_part_of(number, CUTMIX_STRETCH, &part));
        if (part == CUTMIX_PART_TRAIN) {
            uint64_t hash;
            TRY(augment(size, buffers, &policy, &reservoir, &header, &hash));
            TRY(put_mixed(size->name, &header, hash));
            TRY(cutmix_record_sample(&header, buffers->frame, buffers->bytes, size->stride, to_digest, &records));
            TRY(cutmix_record_plan(&header, to_digest, &records));
        } else if (part == CUTMIX_PART_TEST) {
            put_unmixed(size->name, number, header.first, ", to test on");
            TRY(cutmix_record_sample(&header, buffers->frame, buffers->bytes, size->stride, to_digest, &records));
        } else {
            put_unmixed(size->name, number, header.first, ", next to test frames");
        }
    }

    struct line line = {"", 0};
    add_text(&line, size->name), add_text(&line, " records of "), add_number(&line, size->frames, 1), add_text(&line, " frames, ");
    add_number(&line, (uint32_t)records.bytes, 1), add_text(&line, " bytes, digest "), add_hash(&line, records.hash);
    end_line(&line);

    struct digest drawn = empty_digest();
    for (uint32_t sample = 0; sample < 256; sample++) {
        cutmix_stream stream;
        cutmix_plan plan;
        TRY(cutmix_stream_init(&stream, 42, 1, sample));
        TRY(cutmix_plan_draw(&policy, shape, 0, &stream, &plan));
        const uint16_t bounds[] = {plan.x0, plan.y0, plan.x1, plan.y1};
        for (size_t at = 0; at < 4; at++) {
            const uint8_t bytes[] = {(uint8_t)(bounds[at] & 255), (uint8_t)(bounds[at] >> 8)};
            add(&drawn, bytes, 2);
        }
    }
    add_text(&line, size->name), add_text(&line, " 256 plans, digest "), add_hash(&line, drawn.hash);
    end_line(&line);
    return CUTMIX_STATUS_OK;
}

/* What else a device may have than RGB: stands in for its driver, whose DMA leaves bytes. */
struct sensor {
    const char *name;
    cutmix_shape shape;
    uint8_t element;
    int8_t zero_point;
    bool pairs; /* of pixels, which a box must not part */
};

static const struct sensor SENSORS[] = {
    {"accelerometer", {128, 1, 6, CUTMIX_LAYOUT_HWC, 2}, CUTMIX_ELEMENT_I16, 0, false},
    {"rgb565", {32, 32, 1, CUTMIX_LAYOUT_HWC, 2}, CUTMIX_ELEMENT_RGB565_HIGH_FIRST, 0, false},
    {"yuyv", {32, 32, 1, CUTMIX_LAYOUT_HWC, 2}, CUTMIX_ELEMENT_YUYV, 0, true},
    {"quantized", {32, 32, 3, CUTMIX_LAYOUT_HWC, 1}, CUTMIX_ELEMENT_I8, -128, false},
};

/* How fast it swings, under noise, is the class. */
static cutmix_status measure(const struct sensor *sensor, uint32_t index, uint8_t *bytes, size_t length, uint16_t *class) {
    cutmix_stream noise;
    uint32_t drawn, value;
    TRY(cutmix_stream_init(&noise, 2, 0, index));
    TRY(cutmix_stream_below(&noise, 4, &drawn));
    uint32_t swing = (drawn + 1) * 37, channels = sensor->shape.channels;
    if (sensor->element == CUTMIX_ELEMENT_I16) {
        for (uint32_t at = 0; at < length / 2; at++) {
            TRY(cutmix_stream_below(&noise, 64, &value));
            uint32_t number = at / channels * swing % 4000 - 2000 + at % channels * 500 + value;
            bytes[2 * at] = (uint8_t)(number & 255);
            bytes[2 * at + 1] = (uint8_t)(number >> 8 & 255);
        }
    } else {
        for (uint32_t at = 0; at < length; at++) {
            TRY(cutmix_stream_below(&noise, 64, &value));
            bytes[at] = (uint8_t)(at * swing % 192 + value);
        }
    }
    *class = (uint16_t)drawn;
    return CUTMIX_STATUS_OK;
}

static cutmix_status run_sensor(const struct sensor *sensor, const struct buffers *buffers) {
    const cutmix_shape *shape = &sensor->shape;
    size_t row = (size_t)shape->width * shape->channels, bytes = row * shape->height * shape->element_bytes;
    cutmix_policy policy;
    cutmix_reservoir reservoir;
    TRY(cutmix_policy_init_uniform(&policy));
    TRY(cutmix_reservoir_init(&reservoir, buffers->count));
    for (uint32_t index = 0; index < 4; index++) {
        cutmix_header header = {43, 0, index, *shape, {0, 0, 0, 0, 0, 0, 0}, 0, 0, sensor->element, sensor->zero_point};
        cutmix_stream stream;
        uint32_t slot;
        TRY(measure(sensor, index, buffers->frame, bytes, &header.first));
        TRY(cutmix_stream_init(&stream, header.seed, header.epoch, header.index));
        TRY(partner_of(buffers, &reservoir, &stream, index, header.first, &slot));
        uint32_t partner = buffers->kept[slot].number;
        if (sensor->pairs) {
            TRY(cutmix_plan_draw_uniform_on_grid(&policy, shape, 2, 1, partner, &stream, &header.plan));
        } else {
            TRY(cutmix_plan_draw_uniform(&policy, shape, partner, &stream, &header.plan));
        }
        TRY(cutmix_paste(buffers->frame, bytes, buffers->slots + slot * buffers->bytes, bytes, shape, &header.plan));
        header.second = buffers->kept[slot].class;

        struct digest record = empty_digest();
        TRY(cutmix_record_sample(&header, buffers->frame, bytes, row, to_digest, &record));
        TRY(put_mixed(sensor->name, &header, record.hash));
    }
    return CUTMIX_STATUS_OK;
}

cutmix_status loop_small(void) {
    const struct buffers buffers = {small_frame, small_slots[0], small_kept, sizeof small_frame, 2};
    TRY(run(&SMALL, &buffers));
    for (size_t at = 0; at < sizeof SENSORS / sizeof *SENSORS; at++) {
        TRY(run_sensor(&SENSORS[at], &buffers));
    }
    return CUTMIX_STATUS_OK;
}

#ifdef LARGE_FRAMES
static const struct size LARGE = {"96×96", {96, 96, 3, CUTMIX_LAYOUT_HWC, 1}, 304, 8};
static uint8_t large_frame[304 * 96], large_slots[4][304 * 96];
static struct kept large_kept[4];

cutmix_status loop_large(void) {
    const struct buffers buffers = {large_frame, large_slots[0], large_kept, sizeof large_frame, 4};
    return run(&LARGE, &buffers);
}
#endif
