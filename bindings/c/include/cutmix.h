/**
 * @file cutmix.h
 *
 * CutMix (Yun et al. 2019, arXiv 1905.04899) for firmware that is written in C: cuts a box out of a second image, pastes it into the first, and says how much
 * of each is in the result. The same seed gives the same bytes as the Rust library, on every processor. bindings/c/README.md has an example.
 *
 * Memory: every struct and every image is the caller's, before and after. No function keeps a pointer or allocates. Structs are plain numbers of a fixed
 * layout, and can stand in static memory.
 *
 * Errors: every function returns a cutmix_status, CUTMIX_STATUS_OK = 0 if it did its work. All arguments are checked before anything is written. Where
 * a list of statuses says _NULL, it is CUTMIX_STATUS_NULL.
 *
 * What no function can check, the caller promises: a pointer that is neither null nor misaligned points to memory of its type, or of as many bytes as are
 * named beside it, that is there until the function returns, and that nobody else writes meanwhile. Two threads, or an interrupt and what it interrupts, must
 * not share a stream, a reservoir or a ring: the second one gets CUTMIX_STATUS_BUSY. (On a processor without atomic exchange, Cortex-M0 for one, that is sure
 * for interrupts, and not for threads.)
 *
 * Units: sides are in pixels, the origin is the upper left corner, boxes are half open. Sizes in memory are in bytes, strides in elements.
 *
 * Made by cbindgen from bindings/c/src; do not edit.
 */

#ifndef CUTMIX_H
#define CUTMIX_H

/** A compiler that can warns where a status is ignored. */
#if defined(__GNUC__)
#define CUTMIX_MUST_USE __attribute__((warn_unused_result))
#else
#define CUTMIX_MUST_USE
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The version of the header: major * 65536 + minor * 256 + patch.
 */
#define CUTMIX_VERSION 256

/**
 * The slot of a frame that is not to be kept.
 */
#define CUTMIX_NOT_KEPT UINT32_MAX

/**
 * Frames of a stretch, where nobody knows better: at five a second, ten seconds.
 */
#define CUTMIX_STRETCH 50

/**
 * sizeof(cutmix_shape).
 */
#define CUTMIX_SHAPE_BYTES 8

/**
 * An address that is a multiple of it suits a cutmix_shape on every processor.
 */
#define CUTMIX_SHAPE_ALIGN 2

/**
 * sizeof(cutmix_policy).
 */
#define CUTMIX_POLICY_BYTES 56

/**
 * An address that is a multiple of it suits a cutmix_policy on every processor.
 */
#define CUTMIX_POLICY_ALIGN 8

/**
 * sizeof(cutmix_stream).
 */
#define CUTMIX_STREAM_BYTES 24

/**
 * An address that is a multiple of it suits a cutmix_stream on every processor.
 */
#define CUTMIX_STREAM_ALIGN 8

/**
 * sizeof(cutmix_plan).
 */
#define CUTMIX_PLAN_BYTES 16

/**
 * An address that is a multiple of it suits a cutmix_plan on every processor.
 */
#define CUTMIX_PLAN_ALIGN 4

/**
 * sizeof(cutmix_reservoir).
 */
#define CUTMIX_RESERVOIR_BYTES 24

/**
 * An address that is a multiple of it suits a cutmix_reservoir on every processor.
 */
#define CUTMIX_RESERVOIR_ALIGN 8

/**
 * sizeof(cutmix_ring).
 */
#define CUTMIX_RING_BYTES 16

/**
 * An address that is a multiple of it suits a cutmix_ring on every processor.
 */
#define CUTMIX_RING_ALIGN 4

/**
 * sizeof(cutmix_header).
 */
#define CUTMIX_HEADER_BYTES 48

/**
 * An address that is a multiple of it suits a cutmix_header on every processor.
 */
#define CUTMIX_HEADER_ALIGN 8

/**
 * What a function returns: CUTMIX_STATUS_OK, or why it did nothing.
 *
 * After any other status all that the function was given is as it was; only a record may have left in part (CUTMIX_STATUS_SINK).
 */
enum cutmix_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Done.
     */
    CUTMIX_STATUS_OK = 0,
    /**
     * A pointer is null. Only the context of a sink may be.
     */
    CUTMIX_STATUS_NULL,
    /**
     * A pointer to a struct or to numbers is not aligned to their type.
     */
    CUTMIX_STATUS_UNALIGNED,
    /**
     * Two images share bytes, or two structs of which one is used while the other is written.
     */
    CUTMIX_STATUS_OVERLAP,
    /**
     * A side of the shape is zero, or the shape was not filled in.
     */
    CUTMIX_STATUS_SHAPE_EMPTY,
    /**
     * The image has more than 2,147,483,647 bytes, or a pixel more than 65,535.
     */
    CUTMIX_STATUS_SHAPE_TOO_LARGE,
    /**
     * The shape's layout is none of cutmix_layout.
     */
    CUTMIX_STATUS_LAYOUT,
    /**
     * The size of the shape's elements is not 1, 2, 4 or 8 bytes.
     */
    CUTMIX_STATUS_ELEMENT_BYTES,
    /**
     * A frame has fewer bytes than its shape, or than its stride and shape.
     */
    CUTMIX_STATUS_FRAME_TOO_SHORT,
    /**
     * A frame has more bytes than its shape, or than its stride and shape.
     */
    CUTMIX_STATUS_FRAME_TOO_LONG,
    /**
     * A stride is shorter than a row.
     */
    CUTMIX_STATUS_STRIDE_TOO_SHORT,
    /**
     * A stride was counted in bytes; it is counted in elements.
     */
    CUTMIX_STATUS_STRIDE_IN_BYTES,
    /**
     * The policy was not set up.
     */
    CUTMIX_STATUS_POLICY_NOT_SET_UP,
    /**
     * A parameter of the Beta distribution is not finite or not greater than zero.
     */
    CUTMIX_STATUS_ALPHA,
    /**
     * The rule is none of cutmix_rule, or takes a range of shares.
     */
    CUTMIX_STATUS_RULE,
    /**
     * The shares of a side are not 0 <= min < max <= 1.
     */
    CUTMIX_STATUS_MIN_MAX,
    /**
     * The probability does not lie in 0 to 1.
     */
    CUTMIX_STATUS_PROBABILITY,
    /**
     * The policy is for another alpha than 1.
     */
    CUTMIX_STATUS_NOT_UNIFORM,
    /**
     * A cell of the grid has no pixels.
     */
    CUTMIX_STATUS_GRID,
    /**
     * The stream was not set up.
     */
    CUTMIX_STATUS_STREAM_NOT_SET_UP,
    /**
     * The stream, the reservoir or the ring is in use: by another thread, or by what this interrupt interrupted.
     */
    CUTMIX_STATUS_BUSY,
    /**
     * The plan was not set up.
     */
    CUTMIX_STATUS_PLAN_NOT_SET_UP,
    /**
     * The box is inverted, or reaches out of its image.
     */
    CUTMIX_STATUS_BOX,
    /**
     * The plan is for images of another width or height.
     */
    CUTMIX_STATUS_PLAN_SIZE,
    /**
     * A class has no element in the label.
     */
    CUTMIX_STATUS_CLASS,
    /**
     * The label has more than 65,536 classes.
     */
    CUTMIX_STATUS_CLASSES,
    /**
     * The smoothing does not lie in 0 to 1.
     */
    CUTMIX_STATUS_SMOOTHING,
    /**
     * The reservoir or the ring has no slots.
     */
    CUTMIX_STATUS_NO_SLOTS,
    /**
     * The reservoir or the ring was not set up.
     */
    CUTMIX_STATUS_SLOTS_NOT_SET_UP,
    /**
     * The reservoir or the ring has seen no frame yet.
     */
    CUTMIX_STATUS_EMPTY,
    /**
     * The element of the header is none of cutmix_element.
     */
    CUTMIX_STATUS_ELEMENT,
    /**
     * The element has another size than the shape says.
     */
    CUTMIX_STATUS_ELEMENT_SIZE,
    /**
     * The element has another number of channels.
     */
    CUTMIX_STATUS_CHANNELS,
    /**
     * YUYV has pairs of pixels, and the width is odd.
     */
    CUTMIX_STATUS_ODD_WIDTH,
    /**
     * The box cuts a pair of YUYV's pixels in two.
     */
    CUTMIX_STATUS_HALF_PAIR,
    /**
     * The sink did not take the bytes.
     */
    CUTMIX_STATUS_SINK,
    /**
     * A stretch has no frames.
     */
    CUTMIX_STATUS_STRETCH,
    /**
     * The library refused in a way that this interface does not know: a bug of it.
     */
    CUTMIX_STATUS_INTERNAL,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum cutmix_status cutmix_status;
#else
typedef uint32_t cutmix_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Where the elements of one pixel lie.
 */
enum cutmix_layout
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Height x width x channels: the channels of a pixel are neighbors, as cameras send them.
     */
    CUTMIX_LAYOUT_HWC = 0,
    /**
     * Channels x height x width: one plane a channel.
     */
    CUTMIX_LAYOUT_CHW = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum cutmix_layout cutmix_layout;
#else
typedef uint32_t cutmix_layout;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How a drawn lambda becomes a box of pixels. W x H is the image; the first three clip a box around a uniform center to it.
 */
enum cutmix_rule
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * The paper's code (Yun et al. 2019, rand_bbox), torchvision's and timm's: sides of 2 * floor(floor(W * sqrt(1 - lambda)) / 2).
     */
    CUTMIX_RULE_PAPER = 0,
    /**
     * The same with odd sides kept.
     */
    CUTMIX_RULE_ODD_SIDES = 1,
    /**
     * The Keras example's: as the paper's, but a side without pixels becomes one pixel long.
     */
    CUTMIX_RULE_AT_LEAST_ONE_PIXEL = 2,
    /**
     * The box lies anywhere inside, and is never clipped: lambda is as drawn, up to whole pixels.
     */
    CUTMIX_RULE_INSIDE = 3,
    /**
     * timm's cutmix_minmax: each side from min to max of the image's; alpha has no part in it. Set by cutmix_policy_set_min_max.
     */
    CUTMIX_RULE_MIN_MAX = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum cutmix_rule cutmix_rule;
#else
typedef uint32_t cutmix_rule;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What the elements of a frame are, as bytes in memory. FORMAT.md of cutmix-record has the bytes of a record.
 */
enum cutmix_element
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * A byte a channel: gray (1 channel), RGB (3), or more; never 2.
     */
    CUTMIX_ELEMENT_U8 = 1,
    /**
     * 16 bits a pixel, the low byte first; 1 channel.
     */
    CUTMIX_ELEMENT_RGB565 = 2,
    /**
     * The same, the high byte first, as most cameras send it.
     */
    CUTMIX_ELEMENT_RGB565_HIGH_FIRST = 3,
    /**
     * Blue, green, red, a byte each; 3 channels.
     */
    CUTMIX_ELEMENT_BGR = 4,
    /**
     * YUV 4:2:2, two bytes a pixel; 1 channel, an even width, and boxes on a grid of 2 x 1.
     */
    CUTMIX_ELEMENT_YUYV = 5,
    /**
     * Signed bytes of a quantized tensor, whose zero_point stands for 0.
     */
    CUTMIX_ELEMENT_I8 = 6,
    /**
     * Unsigned numbers of 16 bits, the low byte first.
     */
    CUTMIX_ELEMENT_U16 = 7,
    /**
     * The same, the high byte first.
     */
    CUTMIX_ELEMENT_U16_HIGH_FIRST = 8,
    /**
     * Signed numbers of 16 bits, the low byte first.
     */
    CUTMIX_ELEMENT_I16 = 9,
    /**
     * Floats of 32 bits, the low byte first.
     */
    CUTMIX_ELEMENT_F32 = 10,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum cutmix_element cutmix_element;
#else
typedef uint32_t cutmix_element;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a frame is for, by cutmix_part_of.
 */
enum cutmix_part
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * To train on, mixed or not.
     */
    CUTMIX_PART_TRAIN = 0,
    /**
     * For nothing: the camera may have seen nearly the same as in a test frame.
     */
    CUTMIX_PART_GAP = 1,
    /**
     * To test on, unmixed.
     */
    CUTMIX_PART_TEST = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum cutmix_part cutmix_part;
#else
typedef uint32_t cutmix_part;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Width, height, channels, layout and element of an image: 8 bytes, aligned to 2. May be `const`; functions copy it and keep no pointer.
 */
typedef struct {
    /**
     * In pixels, at least 1.
     */
    uint16_t width;
    /**
     * In pixels, at least 1.
     */
    uint16_t height;
    /**
     * Elements of a pixel, at least 1. RGB565 and YUYV have one, of 2 bytes.
     */
    uint16_t channels;
    /**
     * One of cutmix_layout.
     */
    uint8_t layout;
    /**
     * sizeof one element: 1, 2, 4 or 8.
     */
    uint8_t element_bytes;
} cutmix_shape;

/**
 * The policy: whether a sample is mixed, how lambda is drawn and how it becomes a box. 56 bytes, aligned to 8, of the caller's; one serves any number of
 * threads as long as none changes it.
 *
 * Set it up with cutmix_policy_init, _init_beta or _init_uniform; leave the fields alone.
 */
typedef struct {
    /**
     * What is worked out of the parameters.
     */
    uint64_t words[6];
    /**
     * Whether it was set up.
     */
    uint32_t state;
    /**
     * So that it is as large on every processor.
     */
    uint32_t reserved;
} cutmix_policy;

/**
 * The random numbers of one sample: the same on every machine for the same seed, epoch and index.
 *
 * The caller owns the memory, 24 bytes. Set it up with cutmix_stream_init; leave the fields alone.
 */
typedef struct {
    /**
     * The generator.
     */
    uint64_t words[2];
    /**
     * Whether it was set up, and whether a call uses it.
     */
    uint32_t state;
    /**
     * So that it is as large on every processor.
     */
    uint32_t reserved;
} cutmix_stream;

/**
 * What is done to one image: whose pixels go into which box. 16 bytes, aligned to 4, of the caller's, who may read all fields.
 *
 * The box is half open, x0 <= x < x1 and y0 <= y < y1, counted in pixels from the upper left corner, and may be empty.
 */
typedef struct {
    /**
     * Number of the image that is pasted from, as the caller counts.
     */
    uint32_t partner;
    /**
     * Left edge.
     */
    uint16_t x0;
    /**
     * Upper edge.
     */
    uint16_t y0;
    /**
     * Right edge, the first column outside.
     */
    uint16_t x1;
    /**
     * Lower edge, the first row outside.
     */
    uint16_t y1;
    /**
     * Of the image that it was made for.
     */
    uint16_t width;
    /**
     * Of the image that it was made for.
     */
    uint16_t height;
} cutmix_plan;

/**
 * Decides which frames of an endless stream stay in a few slots, and draws one of them as a partner. It holds no frame: these, with their numbers and
 * classes, stay where the caller has them, in an array of as many as there are slots.
 *
 * 24 bytes, aligned to 8, of the caller's. Set it up with cutmix_reservoir_init or _init_half_life; leave the fields alone.
 */
typedef struct {
    /**
     * Frames offered so far.
     */
    uint64_t seen;
    /**
     * Of cutmix_reservoir_init_half_life, else 0.
     */
    uint64_t window;
    /**
     * Number of slots.
     */
    uint32_t slots;
    /**
     * Whether it was set up, and whether a call uses it.
     */
    uint32_t state;
} cutmix_reservoir;

/**
 * The last frames of a stream, to draw partners from; else as cutmix_reservoir. 16 bytes, aligned to 4.
 */
typedef struct {
    /**
     * Slots that hold a frame.
     */
    uint32_t filled;
    /**
     * The slot of the next frame.
     */
    uint32_t next;
    /**
     * Number of slots.
     */
    uint32_t slots;
    /**
     * Whether it was set up, and whether a call uses it.
     */
    uint32_t state;
} cutmix_ring;

/**
 * Everything about a sample but its pixels: 48 bytes, aligned to 8, of the caller's. Functions copy it and keep no pointer.
 */
typedef struct {
    /**
     * Of the stream that the plan was drawn from.
     */
    uint64_t seed;
    /**
     * Of the stream.
     */
    uint32_t epoch;
    /**
     * Of the stream: number of the frame that is pasted into.
     */
    uint32_t index;
    /**
     * Of both frames.
     */
    cutmix_shape shape;
    /**
     * Whose pixels came in, and where. A frame as the camera saw it has that of cutmix_plan_init_unmixed.
     */
    cutmix_plan plan;
    /**
     * Class of the frame that is pasted into.
     */
    uint16_t first;
    /**
     * Class of the partner.
     */
    uint16_t second;
    /**
     * One of cutmix_element; of no meaning in the record of a plan.
     */
    uint8_t element;
    /**
     * Of CUTMIX_ELEMENT_I8: the value that stands for 0.
     */
    int8_t zero_point;
} cutmix_header;

/**
 * Takes the next bytes of a record, at most 256, and sends them: to a UART, a file, a queue.
 *
 * Returns 0 if it took them; anything else ends the record with CUTMIX_STATUS_SINK. It must return: no exception and no longjmp may pass through the
 * library.
 */
typedef int (*cutmix_sink)(void *context, const uint8_t *bytes, size_t length);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of the library; another one than CUTMIX_VERSION if the header is of another.
 */
uint32_t cutmix_version(void);

/**
 * A status as one sentence: what is wrong, and what to do. For logs; a program that never calls it has no text.
 *
 * @param status what a function returned.
 * @return a string that lives as long as the program, of ASCII; never null, whatever the number.
 */
const char *cutmix_status_message(uint32_t status);

/**
 * Checks a shape, which every function does that takes one: for a program that wants to know when it starts.
 *
 * @param shape is read only.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _SHAPE_EMPTY, _SHAPE_TOO_LARGE, _LAYOUT, _ELEMENT_BYTES.
 */
CUTMIX_MUST_USE cutmix_status cutmix_shape_check(const cutmix_shape *shape);

/**
 * Sets up the policy lambda ~ Beta(`alpha`, `alpha`), boxes by the paper's rule, every sample mixed.
 *
 * @param policy is overwritten, whatever it holds; 56 bytes.
 * @param alpha finite and greater than 0; 1 in the paper's experiments.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _ALPHA.
 */
CUTMIX_MUST_USE cutmix_status cutmix_policy_init(cutmix_policy *policy, float alpha);

/**
 * Sets up the policy lambda ~ Beta(`a`, `b`), whose mean is a / (a + b); else as cutmix_policy_init.
 *
 * @param policy is overwritten, whatever it holds; 56 bytes.
 * @param a finite and greater than 0.
 * @param b finite and greater than 0.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _ALPHA.
 */
CUTMIX_MUST_USE cutmix_status cutmix_policy_init_beta(cutmix_policy *policy, float a, float b);

/**
 * Sets up the policy of alpha = 1, lambda uniform; else as cutmix_policy_init. A program that draws by cutmix_plan_draw_uniform alone then has no code for
 * any other alpha.
 *
 * @param policy is overwritten, whatever it holds; 56 bytes.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_policy_init_uniform(cutmix_policy *policy);

/**
 * Changes the box rule.
 *
 * @param policy is changed.
 * @param rule one of cutmix_rule but CUTMIX_RULE_MIN_MAX, for which there is cutmix_policy_set_min_max.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _POLICY_NOT_SET_UP, _RULE.
 */
CUTMIX_MUST_USE cutmix_status cutmix_policy_set_rule(cutmix_policy *policy, uint32_t rule);

/**
 * Changes the box rule to CUTMIX_RULE_MIN_MAX: each side is drawn from `min` to `max` of the image's.
 *
 * @param policy is changed.
 * @param min share of a side, from 0.
 * @param max share of a side, above `min`, up to 1.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _POLICY_NOT_SET_UP, _MIN_MAX.
 */
CUTMIX_MUST_USE cutmix_status cutmix_policy_set_min_max(cutmix_policy *policy, float min, float max);

/**
 * Changes with which probability a sample is mixed; otherwise it stays as it is, with lambda = 1.
 *
 * @param policy is changed.
 * @param probability 0 to 1.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _POLICY_NOT_SET_UP, _PROBABILITY.
 */
CUTMIX_MUST_USE cutmix_status cutmix_policy_set_probability(cutmix_policy *policy, float probability);

/**
 * Whether there is a box for images of `shape` at all; if not, every plan leaves them as they are. A side of 2 pixels is too short for the paper's rule,
 * for instance.
 *
 * @param policy is read only.
 * @param shape of the images.
 * @param can_mix is where the answer goes.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _POLICY_NOT_SET_UP, and those of cutmix_shape_check.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_policy_can_mix(const cutmix_policy *policy,
                                    const cutmix_shape *shape,
                                    bool *can_mix);

/**
 * Sets up the stream of sample `index` in `epoch` of the run with `seed`.
 *
 * A sample's numbers depend on these three alone. Let every session, from power-on to power-off, have a seed of its own, and count frames from 0.
 * For two threads, or an interrupt and what it interrupts, set up a stream each: if they use one, a call returns CUTMIX_STATUS_BUSY.
 *
 * @param stream is overwritten, whatever it holds; 24 bytes.
 * @param seed of the session or run.
 * @param epoch counted from 0; 0 on a device.
 * @param index of the frame, counted from 0.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_stream_init(cutmix_stream *stream,
                                 uint64_t seed,
                                 uint32_t epoch,
                                 uint64_t index);

/**
 * Draws a whole number from 0 to `bound` - 1, each equally likely, without bias; 0 if `bound` is 0 or 1.
 *
 * For a partner out of a second set of images, say.
 *
 * @param stream of the sample; it goes on by what is drawn.
 * @param bound any.
 * @param value is where the number goes.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _STREAM_NOT_SET_UP, _BUSY.
 */
CUTMIX_MUST_USE cutmix_status cutmix_stream_below(cutmix_stream *stream, uint32_t bound, uint32_t *value);

/**
 * Draws the plan of one sample.
 *
 * What is drawn depends on the stream, the policy, the shape's width and height, and on nothing else.
 *
 * @param policy how to draw; is not changed.
 * @param shape of the images.
 * @param partner number of the image that is pasted from: from a reservoir, a ring, or cutmix_stream_below.
 * @param stream of the sample; it goes on by what is drawn.
 * @param plan is where it goes.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _OVERLAP, _POLICY_NOT_SET_UP, _STREAM_NOT_SET_UP, _BUSY, and those of cutmix_shape_check.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_plan_draw(const cutmix_policy *policy,
                               const cutmix_shape *shape,
                               uint32_t partner,
                               cutmix_stream *stream,
                               cutmix_plan *plan);

/**
 * As cutmix_plan_draw, but the edges of the box lie on a grid of cells, or where the image ends: 2 x 1 for YUYV, 2 x 2 for a Bayer pattern, 8 x 8 for JPEG.
 *
 * @param policy how to draw; is not changed.
 * @param shape of the images.
 * @param cell_width in pixels, at least 1.
 * @param cell_height in pixels, at least 1.
 * @param partner as in cutmix_plan_draw.
 * @param stream of the sample; it goes on by what is drawn.
 * @param plan is where it goes.
 * @return those of cutmix_plan_draw, and CUTMIX_STATUS_GRID.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_plan_draw_on_grid(const cutmix_policy *policy,
                                       const cutmix_shape *shape,
                                       uint16_t cell_width,
                                       uint16_t cell_height,
                                       uint32_t partner,
                                       cutmix_stream *stream,
                                       cutmix_plan *plan);

/**
 * As cutmix_plan_draw for a policy of alpha = 1, bit for bit, without the code for any other alpha.
 *
 * @param policy how to draw; is not changed.
 * @param shape of the images.
 * @param partner as in cutmix_plan_draw.
 * @param stream of the sample; it goes on by what is drawn.
 * @param plan is where it goes.
 * @return those of cutmix_plan_draw, and CUTMIX_STATUS_NOT_UNIFORM.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_plan_draw_uniform(const cutmix_policy *policy,
                                       const cutmix_shape *shape,
                                       uint32_t partner,
                                       cutmix_stream *stream,
                                       cutmix_plan *plan);

/**
 * As cutmix_plan_draw_on_grid for a policy of alpha = 1, bit for bit, without the code for any other alpha.
 *
 * @param policy how to draw; is not changed.
 * @param shape of the images.
 * @param cell_width in pixels, at least 1.
 * @param cell_height in pixels, at least 1.
 * @param partner as in cutmix_plan_draw.
 * @param stream of the sample; it goes on by what is drawn.
 * @param plan is where it goes.
 * @return those of cutmix_plan_draw_on_grid, and CUTMIX_STATUS_NOT_UNIFORM.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_plan_draw_uniform_on_grid(const cutmix_policy *policy,
                                               const cutmix_shape *shape,
                                               uint16_t cell_width,
                                               uint16_t cell_height,
                                               uint32_t partner,
                                               cutmix_stream *stream,
                                               cutmix_plan *plan);

/**
 * Sets up a plan whose box is known: x0 <= x < x1 and y0 <= y < y1, inside an image of `shape`.
 *
 * @param plan is overwritten, whatever it holds; 16 bytes.
 * @param shape of the images.
 * @param partner number of the image that is pasted from.
 * @param x0 left edge.
 * @param y0 upper edge.
 * @param x1 right edge, the first column outside.
 * @param y1 lower edge, the first row outside.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _BOX, and those of cutmix_shape_check.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_plan_init(cutmix_plan *plan,
                               const cutmix_shape *shape,
                               uint32_t partner,
                               uint16_t x0,
                               uint16_t y0,
                               uint16_t x1,
                               uint16_t y1);

/**
 * Sets up a plan that leaves the image as it is, with lambda = 1: for the record of a frame as the camera saw it.
 *
 * @param plan is overwritten, whatever it holds; 16 bytes.
 * @param shape of the images.
 * @param index the image's own number.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, and those of cutmix_shape_check.
 */
CUTMIX_MUST_USE cutmix_status cutmix_plan_init_unmixed(cutmix_plan *plan, const cutmix_shape *shape, uint32_t index);

/**
 * How many pixels stay, of how many: lambda, as an exact ratio.
 *
 * @param plan by which the image was mixed.
 * @param kept is where the pixels that stay go.
 * @param total is where all pixels of the image go; at least 1.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _PLAN_NOT_SET_UP; _BOX only if the plan's fields were overwritten.
 */
CUTMIX_MUST_USE cutmix_status cutmix_plan_kept(const cutmix_plan *plan, uint32_t *kept, uint32_t *total);

/**
 * Lambda, the share of pixels that stay, 0 to 1, rounded once.
 *
 * @param plan by which the image was mixed.
 * @param lambda is where it goes.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _PLAN_NOT_SET_UP; _BOX only if the plan's fields were overwritten.
 */
CUTMIX_MUST_USE cutmix_status cutmix_plan_lambda(const cutmix_plan *plan, float *lambda);

/**
 * Copies the plan's box from `src` to `dst`, both images of `shape` without padding. Outside of the box not one byte of `dst` changes.
 *
 * The images may lie at any address, but not share bytes. They stay the caller's; no pointer is kept.
 *
 * @param dst the image that is mixed, in place.
 * @param dst_bytes its size in bytes, sizeof where it is an array: that of the shape.
 * @param src the partner.
 * @param src_bytes likewise.
 * @param shape of the images.
 * @param plan whose box is taken; for images of this width and height.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _OVERLAP, _FRAME_TOO_SHORT, _FRAME_TOO_LONG, _PLAN_NOT_SET_UP, _BOX, _PLAN_SIZE, and those of
 * cutmix_shape_check.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_paste(void *dst,
                           size_t dst_bytes,
                           const void *src,
                           size_t src_bytes,
                           const cutmix_shape *shape,
                           const cutmix_plan *plan);

/**
 * As cutmix_paste, between images whose rows are padded, as in a camera's DMA buffer.
 *
 * A stride is the number of ELEMENTS from the start of one row to the start of the next: of RGB bytes in CUTMIX_LAYOUT_HWC 3 for each pixel and 1 for each
 * byte of padding; of RGB565 with an element of 2 bytes, half of the bytes. In CUTMIX_LAYOUT_CHW the rows of all planes follow each other. The padding of the
 * last row may be left out.
 *
 * @param dst the image that is mixed, in place.
 * @param dst_bytes its size in bytes, padding included.
 * @param dst_stride in elements.
 * @param src the partner.
 * @param src_bytes likewise.
 * @param src_stride likewise; may be another one.
 * @param shape of the images.
 * @param plan whose box is taken; for images of this width and height.
 * @return those of cutmix_paste, and CUTMIX_STATUS_STRIDE_TOO_SHORT, _STRIDE_IN_BYTES.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_paste_strided(void *dst,
                                   size_t dst_bytes,
                                   size_t dst_stride,
                                   const void *src,
                                   size_t src_bytes,
                                   size_t src_stride,
                                   const cutmix_shape *shape,
                                   const cutmix_plan *plan);

/**
 * Exchanges the plan's box between two images of `shape` without padding: two mixed images of one box, without scratch. Each is then the other's partner.
 *
 * The images may lie at any address, but not share bytes.
 *
 * @param first one image, in place.
 * @param first_bytes its size in bytes: that of the shape.
 * @param second the other, in place.
 * @param second_bytes likewise.
 * @param shape of the images.
 * @param plan whose box is taken; for images of this width and height.
 * @return those of cutmix_paste.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_swap(void *first,
                          size_t first_bytes,
                          void *second,
                          size_t second_bytes,
                          const cutmix_shape *shape,
                          const cutmix_plan *plan);

/**
 * The weights of both classes in units of 1/65536, for programs without floats: they add up to exactly 65536.
 *
 * @param plan by which the image was mixed.
 * @param first is where the weight of the class of the image that was pasted into goes.
 * @param second is where the weight of the partner's class goes.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _PLAN_NOT_SET_UP; _BOX only if the plan's fields were overwritten.
 */
CUTMIX_MUST_USE cutmix_status cutmix_label_q16(const cutmix_plan *plan, uint32_t *first, uint32_t *second);

/**
 * Overwrites `soft`, one element a class, with lambda at the class `first`, 1 - lambda at `second` and 0 elsewhere; a 1 if both are the same.
 *
 * @param plan by which the image was mixed.
 * @param first class of the image that was pasted into, counted from 0.
 * @param second class of the partner.
 * @param soft is overwritten, and stays the caller's.
 * @param classes number of its elements, not of bytes; at most 65,536.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _PLAN_NOT_SET_UP, _CLASS, _CLASSES; _BOX only if the plan's fields were overwritten.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_label_soft(const cutmix_plan *plan,
                                uint16_t first,
                                uint16_t second,
                                float *soft,
                                size_t classes);

/**
 * As cutmix_label_soft, with label smoothing (Szegedy et al. 2016, section 7): (1 - epsilon) * soft + epsilon / classes.
 *
 * @param plan by which the image was mixed.
 * @param first class of the image that was pasted into, counted from 0.
 * @param second class of the partner.
 * @param epsilon 0 to 1.
 * @param soft is overwritten, and stays the caller's.
 * @param classes number of its elements, not of bytes; at most 65,536.
 * @return those of cutmix_label_soft, and CUTMIX_STATUS_SMOOTHING.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_label_smoothed(const cutmix_plan *plan,
                                    uint16_t first,
                                    uint16_t second,
                                    float epsilon,
                                    float *soft,
                                    size_t classes);

/**
 * Sets up an empty reservoir: every frame seen is to be in the slots with the same probability, however long ago it was (Vitter 1985, algorithm R).
 *
 * @param reservoir is overwritten, whatever it holds; 24 bytes.
 * @param slots number of frames that the caller has memory for, 1 to 2,147,483,647.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _NO_SLOTS.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_reservoir_init(cutmix_reservoir *reservoir,
                                    uint32_t slots);

/**
 * The same, but it forgets: a frame is to be gone after `frames` more with a probability of 1/2, after twice as many with 3/4, and so on (Aggarwal 2006).
 *
 * @param reservoir is overwritten, whatever it holds; 24 bytes.
 * @param slots number of frames that the caller has memory for, 1 to 2,147,483,647.
 * @param frames half-life; so small that no frame could stay so shortly, every frame is kept.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _NO_SLOTS.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_reservoir_init_half_life(cutmix_reservoir *reservoir,
                                              uint32_t slots,
                                              uint32_t frames);

/**
 * Shows it one more frame.
 *
 * @param reservoir set up before.
 * @param stream of the frame.
 * @param slot is where the slot goes that the frame is to be kept in, in place of what is there; CUTMIX_NOT_KEPT if it is not to be kept.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _OVERLAP, _SLOTS_NOT_SET_UP, _STREAM_NOT_SET_UP, _BUSY.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_reservoir_offer(cutmix_reservoir *reservoir,
                                     cutmix_stream *stream,
                                     uint32_t *slot);

/**
 * Draws a slot that holds a frame, each equally likely.
 *
 * @param reservoir set up before.
 * @param stream of the sample; it goes on by what is drawn.
 * @param slot is where the slot goes.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _OVERLAP, _SLOTS_NOT_SET_UP, _STREAM_NOT_SET_UP, _BUSY, _EMPTY.
 */
CUTMIX_MUST_USE cutmix_status cutmix_reservoir_draw(cutmix_reservoir *reservoir, cutmix_stream *stream, uint32_t *slot);

/**
 * Sets up an empty ring.
 *
 * @param ring is overwritten, whatever it holds; 16 bytes.
 * @param slots number of frames that the caller has memory for, 1 to 2,147,483,647.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _NO_SLOTS.
 */
CUTMIX_MUST_USE cutmix_status cutmix_ring_init(cutmix_ring *ring, uint32_t slots);

/**
 * Shows it one more frame.
 *
 * @param ring set up before.
 * @param slot is where the slot goes that the frame is to be kept in, in place of the oldest.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _SLOTS_NOT_SET_UP, _BUSY.
 */
CUTMIX_MUST_USE cutmix_status cutmix_ring_offer(cutmix_ring *ring, uint32_t *slot);

/**
 * Draws a slot that holds a frame, each equally likely.
 *
 * @param ring set up before.
 * @param stream of the sample; it goes on by what is drawn.
 * @param slot is where the slot goes.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _OVERLAP, _SLOTS_NOT_SET_UP, _STREAM_NOT_SET_UP, _BUSY, _EMPTY.
 */
CUTMIX_MUST_USE cutmix_status cutmix_ring_draw(cutmix_ring *ring, cutmix_stream *stream, uint32_t *slot);

/**
 * Sends a frame as a record, in pieces, each as soon as it is whole. It takes no memory for a second frame, and on a Cortex-M 1,200 bytes of stack beside the sink.
 *
 * All arguments are checked before the first byte leaves. A record that ends early arrives as damage, and costs no other record.
 *
 * @param header what the frame is; it stays the caller's, as do the pixels.
 * @param frame the pixels, at any address, in the order of bytes that header->element says.
 * @param bytes its size in bytes, padding included.
 * @param stride ELEMENTS from the start of one row to the start of the next, as in cutmix_paste_strided; without padding width * channels in
 * CUTMIX_LAYOUT_HWC, and width in CUTMIX_LAYOUT_CHW.
 * @param sink takes the bytes.
 * @param context is passed to the sink; may be null.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _FRAME_TOO_SHORT, _FRAME_TOO_LONG, _STRIDE_TOO_SHORT, _STRIDE_IN_BYTES, _PLAN_NOT_SET_UP, _BOX, _PLAN_SIZE,
 * _ELEMENT, _ELEMENT_SIZE, _CHANNELS, _ODD_WIDTH, _HALF_PAIR, _SINK, and those of cutmix_shape_check.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_record_sample(const cutmix_header *header,
                                   const void *frame,
                                   size_t bytes,
                                   size_t stride,
                                   cutmix_sink sink,
                                   void *context);

/**
 * Sends a plan alone as a record, 27 to 72 bytes, by one call of the sink: for a host that has both frames.
 *
 * @param header what the frame is.
 * @param sink takes the bytes.
 * @param context is passed to the sink; may be null.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _PLAN_NOT_SET_UP, _BOX, _PLAN_SIZE, _SINK, and those of cutmix_shape_check.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_record_plan(const cutmix_header *header,
                                 cutmix_sink sink,
                                 void *context);

/**
 * What frame number `index` of a session is for: of every five stretches of `stretch` frames the second is tested on, half a stretch before and behind it is a
 * gap, and the rest is trained on. A host that divides by the same stretch then throws no mixed sample away.
 *
 * @param index counted from 0.
 * @param stretch frames of a stretch; CUTMIX_STRETCH where nobody knows better.
 * @param part is where the answer goes, one of cutmix_part.
 * @return CUTMIX_STATUS_OK, _NULL, _UNALIGNED, _STRETCH.
 */
CUTMIX_MUST_USE
cutmix_status cutmix_part_of(uint32_t index,
                             uint32_t stretch,
                             uint32_t *part);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

/** @cond */
/* The compiler that reads this must lay the structs out as the one that made the library did. */
#define CUTMIX_ASSERT(name, condition) typedef char cutmix_assert_##name[(condition) ? 1 : -1]
CUTMIX_ASSERT(status_bytes, sizeof(cutmix_status) == sizeof(uint32_t)); /* with -fshort-enums too */
CUTMIX_ASSERT(shape_bytes, sizeof(cutmix_shape) == CUTMIX_SHAPE_BYTES);
struct cutmix_align_shape { char one; cutmix_shape shape; };
CUTMIX_ASSERT(shape_align, sizeof(struct cutmix_align_shape) - sizeof(cutmix_shape) <= CUTMIX_SHAPE_ALIGN);
CUTMIX_ASSERT(policy_bytes, sizeof(cutmix_policy) == CUTMIX_POLICY_BYTES);
struct cutmix_align_policy { char one; cutmix_policy policy; };
CUTMIX_ASSERT(policy_align, sizeof(struct cutmix_align_policy) - sizeof(cutmix_policy) <= CUTMIX_POLICY_ALIGN);
CUTMIX_ASSERT(stream_bytes, sizeof(cutmix_stream) == CUTMIX_STREAM_BYTES);
struct cutmix_align_stream { char one; cutmix_stream stream; };
CUTMIX_ASSERT(stream_align, sizeof(struct cutmix_align_stream) - sizeof(cutmix_stream) <= CUTMIX_STREAM_ALIGN);
CUTMIX_ASSERT(plan_bytes, sizeof(cutmix_plan) == CUTMIX_PLAN_BYTES);
struct cutmix_align_plan { char one; cutmix_plan plan; };
CUTMIX_ASSERT(plan_align, sizeof(struct cutmix_align_plan) - sizeof(cutmix_plan) <= CUTMIX_PLAN_ALIGN);
CUTMIX_ASSERT(reservoir_bytes, sizeof(cutmix_reservoir) == CUTMIX_RESERVOIR_BYTES);
struct cutmix_align_reservoir { char one; cutmix_reservoir reservoir; };
CUTMIX_ASSERT(reservoir_align, sizeof(struct cutmix_align_reservoir) - sizeof(cutmix_reservoir) <= CUTMIX_RESERVOIR_ALIGN);
CUTMIX_ASSERT(ring_bytes, sizeof(cutmix_ring) == CUTMIX_RING_BYTES);
struct cutmix_align_ring { char one; cutmix_ring ring; };
CUTMIX_ASSERT(ring_align, sizeof(struct cutmix_align_ring) - sizeof(cutmix_ring) <= CUTMIX_RING_ALIGN);
CUTMIX_ASSERT(header_bytes, sizeof(cutmix_header) == CUTMIX_HEADER_BYTES);
struct cutmix_align_header { char one; cutmix_header header; };
CUTMIX_ASSERT(header_align, sizeof(struct cutmix_align_header) - sizeof(cutmix_header) <= CUTMIX_HEADER_ALIGN);
#undef CUTMIX_ASSERT
/** @endcond */

#endif /* CUTMIX_H */
