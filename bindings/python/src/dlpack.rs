//! DLPack's structs, as its header has them (dlpack.h, versions 0 and 1).

use std::ffi::c_void;

/// `kDLCPU`.
pub const CPU: i32 = 1;
/// `kDLCUDAHost`: memory of the CPU that a GPU may copy from.
pub const PINNED: i32 = 3;
/// `DLPACK_FLAG_BITMASK_READ_ONLY`.
pub const READ_ONLY: u64 = 1;

#[repr(C)]
pub struct Device {
    pub kind: i32,
    pub number: i32,
}

#[repr(C)]
pub struct DataType {
    pub code: u8,
    pub bits: u8,
    pub lanes: u16,
}

#[repr(C)]
pub struct Tensor {
    pub data: *mut c_void,
    pub device: Device,
    pub dimensions: i32,
    pub dtype: DataType,
    pub shape: *mut i64,
    /// In elements; null if they lie row by row.
    pub strides: *mut i64,
    pub byte_offset: u64,
}

/// `DLManagedTensor`, up to what is read.
#[repr(C)]
pub struct Managed {
    pub tensor: Tensor,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Version {
    pub major: u32,
    pub minor: u32,
}

/// `DLManagedTensorVersioned`. The capsule that holds it calls the deleter.
#[repr(C)]
pub struct Versioned {
    pub version: Version,
    pub context: *mut c_void,
    pub deleter: *mut c_void,
    pub flags: u64,
    pub tensor: Tensor,
}
