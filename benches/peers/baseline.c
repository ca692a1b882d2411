// CutMix as a C program: without checks and without a key for each sample, on one core.
//
// Lambda from Beta(alpha, alpha) in double, box and center by the paper's code, then the box's rows by memcpy. Labels are not mixed.
// The images are those of `cargo bench -p benches`: a batch of 32, and the batch that their partners are in.
//
//     cc -O3 -march=native -o baseline baseline.c -lm && ./baseline    # a JSON object: names to ns per image
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { IMAGES = 32, TURN = 4 * IMAGES, CHANNELS = 3, MOST_TURNS = 20000 };

typedef struct {
    int x0, y0, x1, y1, partner;
} Plan;

// xoshiro256+ (Blackman and Vigna 2018).
static uint64_t state[4] = {0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb, 42};

static inline uint64_t rotated(uint64_t x, int by) { return x << by | x >> (64 - by); }

static inline uint64_t next(void) {
    uint64_t result = state[0] + state[3], t = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= t;
    state[3] = rotated(state[3], 45);
    return result;
}

static inline double uniform(void) { return (next() >> 11) * 0x1p-53; }

// Without the bias's correction: below 2^-24 here.
static inline int below(int bound) { return (int)((next() >> 32) * bound >> 32); }

// Johnk 1964.
static inline double beta(double alpha) {
    if (alpha == 1) return uniform();
    for (;;) {
        double x = pow(uniform(), 1 / alpha), y = pow(uniform(), 1 / alpha), sum = x + y;
        if (sum <= 1 && sum > 0) return x / sum;
    }
}

static inline int clipped(int at, int side) { return at < 0 ? 0 : at > side ? side : at; }

static inline Plan drawn(int side, double alpha) {
    int half = (int)(side * sqrt(1 - beta(alpha))) / 2, x = below(side), y = below(side);
    return (Plan){clipped(x - half, side), clipped(y - half, side), clipped(x + half, side), clipped(y + half, side), below(IMAGES)};
}

static inline void paste(char *dst, const char *src, int side, int size, Plan plan) {
    size_t row = (size_t)side * CHANNELS * size, pixel = (size_t)CHANNELS * size, length = (plan.x1 - plan.x0) * pixel;
    size_t from = plan.y0 * row + plan.x0 * pixel;
    for (int y = plan.y0; y < plan.y1; y++, from += row) memcpy(dst + from, src + from, length);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *times, int count) {
    qsort(times, count, sizeof *times, ascending);
    return times[count / 2];
}

int main(void) {
    static double times[MOST_TURNS];
    const int sides[] = {32, 224}, sizes[] = {1, 4};
    const double alphas[] = {1, 0.25};
    const char *separator = "{";
    for (int s = 0; s < 2; s++)
        for (int z = 0; z < 2; z++)
            for (int a = 0; a < 2; a++) {
                int side = sides[s], size = sizes[z];
                size_t image = (size_t)side * side * CHANNELS * size;
                char *dst = malloc(image * IMAGES), *src = malloc(image * IMAGES);
                if (!dst || !src) return 1;
                memset(dst, 1, image * IMAGES);
                memset(src, 2, image * IMAGES);
                double start = now();
                int turns = -20; // to warm up
                for (; turns < MOST_TURNS && (turns < 25 || now() - start < 5e8); turns++) {
                    double before = now();
                    for (int i = 0; i < TURN; i++) {
                        Plan plan = drawn(side, alphas[a]);
                        paste(dst + i % IMAGES * image, src + plan.partner * image, side, size, plan);
                    }
                    double time = (now() - before) / TURN;
                    if (turns >= 0) times[turns] = time;
                }
                const char *element = size == 1 ? "u8" : "f32";
                printf("%s\"%s %d alpha=%g\": %.1f", separator, element, side, alphas[a], median(times, turns));
                separator = ",\n ";
                free(dst);
                free(src);
            }
    puts("}");
}
