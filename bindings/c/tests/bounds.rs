//! Not one byte beside what C passes is read or written: images, labels and structs that begin or end where memory does, so that a step beyond is a fault of the
//! processor.
#![cfg(unix)]

use core::ffi::{c_int, c_void};
use core::ptr;

use cutmix_c::*;
use cutmix_core::{Stream, uniform_below};
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

const PAGE: usize = 1 << 16; // or a few of the processor's

/// Memory between two places where there is none.
struct Fenced(*mut c_void);

impl Fenced {
    fn new() -> Self {
        let (all, none) = (ProtFlags::READ | ProtFlags::WRITE, MprotectFlags::empty());
        // SAFETY: new memory, which nobody has; then its first and its last page cannot be touched any more.
        unsafe {
            let start = mmap_anonymous(ptr::null_mut(), 3 * PAGE, all, MapFlags::PRIVATE).expect("memory");
            mprotect(start, PAGE, none).expect("a fence");
            mprotect(start.byte_add(2 * PAGE), PAGE, none).expect("a fence");
            Self(start)
        }
    }

    /// So many bytes, of which the first or the last is beside a fence.
    fn bytes<T>(&self, bytes: usize, at_end: bool) -> *mut T {
        let offset = if at_end { 2 * PAGE - bytes } else { PAGE };
        // SAFETY: inside of the mapped memory.
        unsafe { self.0.byte_add(offset).cast() }
    }
}

impl Drop for Fenced {
    fn drop(&mut self) {
        // SAFETY: it is what was mapped, and nobody has it any more.
        unsafe { munmap(self.0, 3 * PAGE) }.expect("memory to give back");
    }
}

unsafe extern "C" fn count(context: *mut c_void, bytes: *const u8, length: usize) -> c_int {
    // SAFETY: the context is a number, and the library promises so many bytes.
    unsafe {
        let bytes = core::slice::from_raw_parts(bytes, length);
        *context.cast::<usize>() += bytes.iter().map(|byte| usize::from(*byte == 0)).sum::<usize>();
    }
    0
}

#[test]
fn nothing_beside_an_image_is_touched() {
    let fences: [Fenced; 6] = core::array::from_fn(|_| Fenced::new());
    let [dst, src, shapes, plans, softs, headers] = &fences;
    let mut stream = Stream::new(1, 0, 0);
    let mut below = |bound: u32| uniform_below(bound, &mut stream);
    for _ in 0..20_000 {
        let (width, height, channels) = (1 + below(9) as u16, 1 + below(9) as u16, 1 + below(4) as u16);
        let (layout, element_bytes, at_end) = (below(2) as u8, 1_u8 << below(4), below(2) == 1);
        let size = usize::from(element_bytes);
        let [x, y] = [below(width.into()) as u16, below(height.into()) as u16];
        let [wide, high] = [1 + below(u32::from(width - x)) as u16, 1 + below(u32::from(height - y)) as u16];
        let (row, rows) = match layout {
            0 => (usize::from(width * channels), usize::from(height)),
            _ => (usize::from(width), usize::from(height * channels)),
        };
        let packed = row * rows * size;
        let strides = [0, 1].map(|_| row + below(3) as usize);
        let classes = 1 + below(9) as usize;

        // SAFETY: the pointers are of what they say; that nothing else is touched is what is tested.
        unsafe {
            let shape: *mut cutmix_shape = shapes.bytes(CUTMIX_SHAPE_BYTES, at_end);
            shape.write(cutmix_shape { width, height, channels, layout, element_bytes });
            let plan: *mut cutmix_plan = plans.bytes(CUTMIX_PLAN_BYTES, at_end);
            assert_eq!(cutmix_plan_init(plan, shape, 5, x, y, x + wide, y + high), cutmix_status::Ok);

            let [a, b] = [dst, src].map(|fenced| fenced.bytes::<c_void>(packed, at_end));
            assert_eq!(cutmix_paste(a, packed, b, packed, shape, plan), cutmix_status::Ok);
            assert_eq!(cutmix_swap(a, packed, b, packed, shape, plan), cutmix_status::Ok);

            // Without the padding of the last row.
            let lengths = strides.map(|stride| (stride * (rows - 1) + row) * size);
            let (a, b) = (dst.bytes(lengths[0], at_end), src.bytes::<c_void>(lengths[1], at_end));
            let done = cutmix_paste_strided(a, lengths[0], strides[0], b, lengths[1], strides[1], shape, plan);
            assert_eq!(done, cutmix_status::Ok);

            let soft = softs.bytes(classes * 4, at_end);
            let class = below(classes as u32) as u16;
            assert_eq!(cutmix_label_soft(plan, class, 0, soft, classes), cutmix_status::Ok);
            assert_eq!(cutmix_label_smoothed(plan, 0, class, 0.1, soft, classes), cutmix_status::Ok);

            let header: *mut cutmix_header = headers.bytes(CUTMIX_HEADER_BYTES, at_end);
            let (element, zero_point) = (if size == 1 { 6 } else { 9 }, 0); // of any number of channels
            let (seed, epoch, index, first, second) = (1, 2, 3, 4, 5);
            let (shape, plan) = (shape.read(), plan.read());
            header.write(cutmix_header { seed, epoch, index, shape, plan, first, second, element, zero_point });
            let mut zeros = 0_usize;
            if size <= 2 {
                let context = (&raw mut zeros).cast();
                let done = cutmix_record_sample(header, b, lengths[1], strides[1], Some(count), context);
                assert_eq!((done, zeros), (cutmix_status::Ok, 2)); // in front and behind
            }
        }
    }
}
