//! Memory that Python owns: where an array's elements lie, and what they are.

use std::ffi::CStr;
use std::slice;

use numpy::npyffi::NPY_ARRAY_WRITEABLE;
use numpy::{PyArrayDescrMethods as _, PyUntypedArray, PyUntypedArrayMethods as _};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::dlpack;
use crate::error::shown;
use crate::torch;

/// Most dimensions that anything here takes.
const MOST: usize = 5;

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bool,
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F16,
    Bf16,
    F32,
    F64,
}

impl Kind {
    /// Bytes of an element.
    pub const fn size(self) -> usize {
        match self {
            Self::Bool | Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 | Self::F16 | Self::Bf16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// As NumPy and PyTorch call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::U8 => "uint8",
            Self::I8 => "int8",
            Self::U16 => "uint16",
            Self::I16 => "int16",
            Self::U32 => "uint32",
            Self::I32 => "int32",
            Self::U64 => "uint64",
            Self::I64 => "int64",
            Self::F16 => "float16",
            Self::Bf16 => "bfloat16",
            Self::F32 => "float32",
            Self::F64 => "float64",
        }
    }
}

/// An array of anybody's, by its address: no element is copied. The memory lives as long as the view, which keeps its owner alive.
pub struct View<'py> {
    data: *mut u8,
    kind: Kind,
    dimensions: usize,
    shape: [usize; MOST],
    /// In bytes.
    strides: [isize; MOST],
    writable: bool,
    _owner: Bound<'py, PyAny>,
}

impl<'py> View<'py> {
    /// The elements of a NumPy array, a tensor on the CPU (DLPack), or an object with the buffer protocol. `name` is what messages call it.
    pub fn of(object: &Bound<'py, PyAny>, name: &str) -> PyResult<Self> {
        if let Ok(array) = object.cast::<PyUntypedArray>() {
            return Self::of_numpy(array, name);
        }
        if let Some(capsule) = torch::to_dlpack(object, name)? {
            return Self::of_capsule(&capsule, true, name);
        }
        if object.hasattr("__dlpack__")? {
            return Self::of_exporter(object, name);
        }
        let py = object.py();
        // Not of the object itself: of a list it would be a copy, and what is written there would be lost.
        let memory = py.import("builtins")?.getattr("memoryview")?.call1((object,)).map_err(|_| {
            PyTypeError::new_err(format!(
                "{name}: {} is no array; pass a NumPy array, a tensor on the CPU, or an object with the buffer protocol",
                shown(object)
            ))
        })?;
        let array = py.import("numpy")?.call_method1("asarray", (memory,))?;
        Self::of_numpy(array.cast::<PyUntypedArray>()?, name)
    }

    fn of_numpy(array: &Bound<'py, PyUntypedArray>, name: &str) -> PyResult<Self> {
        let dtype = array.dtype();
        let kind = match (dtype.kind(), dtype.itemsize(), dtype.num()) {
            (b'b', 1, _) => Kind::Bool,
            (b'u', 1, _) => Kind::U8,
            (b'i', 1, _) => Kind::I8,
            (b'u', 2, _) => Kind::U16,
            (b'i', 2, _) => Kind::I16,
            (b'u', 4, _) => Kind::U32,
            (b'i', 4, _) => Kind::I32,
            (b'u', 8, _) => Kind::U64,
            (b'i', 8, _) => Kind::I64,
            // Of other 16-bit floats, NumPy knows those that a package of its own registers.
            (_, 2, HALF) => Kind::F16,
            (b'f', 4, _) => Kind::F32,
            (b'f', 8, _) => Kind::F64,
            _ if dtype.str()? == "bfloat16" => Kind::Bf16,
            _ => return Err(unknown(name, &dtype.str()?.to_string())),
        };
        if dtype.is_native_byteorder() == Some(false) {
            return Err(PyTypeError::new_err(format!(
                "{name}: the bytes of its {} are in the other order; pass array.astype(array.dtype.newbyteorder(\"=\"))",
                kind.name()
            )));
        }
        // SAFETY: the pointer is that of a live array, whose fields NumPy keeps valid while we hold a reference and the GIL.
        let fields = unsafe { &(*array.as_array_ptr()).fields };
        let writable = fields.flags & NPY_ARRAY_WRITEABLE != 0;
        Self::new(fields.data.cast(), kind, array.shape(), array.strides(), writable, array.as_any().clone(), name)
    }

    /// A tensor of any library that says how it may be used.
    fn of_exporter(object: &Bound<'py, PyAny>, name: &str) -> PyResult<Self> {
        let refused = |error: PyErr| PyTypeError::new_err(format!("{name}: {error}"));
        let options = pyo3::types::PyDict::new(object.py());
        options.set_item("max_version", (1, 0))?;
        let capsule = match object.call_method("__dlpack__", (), Some(&options)) {
            Ok(capsule) => capsule,
            // An exporter from before version 1.0 does not know the argument.
            Err(error) if error.is_instance_of::<PyTypeError>(object.py()) => {
                object.call_method0("__dlpack__").map_err(refused)?
            }
            Err(error) => return Err(refused(error)),
        };
        // Before version 1.0 nobody said whether it may be written, and the arrays of some libraries never change.
        Self::of_capsule(&capsule, false, name)
    }

    fn of_capsule(capsule: &Bound<'py, PyAny>, old_ones_writable: bool, name: &str) -> PyResult<Self> {
        let versioned: &CStr = c"dltensor_versioned";
        let typed = capsule
            .cast::<PyCapsule>()
            .map_err(|_| PyTypeError::new_err(format!("{name}: its __dlpack__ returned no capsule")))?;
        let (tensor, writable) = if typed.is_valid_checked(Some(versioned)) {
            let pointer = typed.pointer_checked(Some(versioned))?.cast::<dlpack::Versioned>();
            // SAFETY: by the protocol a capsule of this name holds such a struct, and lives as long as the capsule does. Its version stands first.
            let version = unsafe { (*pointer.as_ptr()).version };
            if version.major != 1 {
                return Err(PyTypeError::new_err(format!(
                    "{name}: DLPack {} is unknown here; 1 is known",
                    version.major
                )));
            }
            // SAFETY: as above, and of a version whose fields are these.
            let managed = unsafe { pointer.as_ref() };
            (&managed.tensor, managed.flags & dlpack::READ_ONLY == 0)
        } else {
            let pointer = typed.pointer_checked(Some(c"dltensor"))?.cast::<dlpack::Managed>();
            // SAFETY: as above, of the capsule's other name.
            (unsafe { &(*pointer.as_ptr()).tensor }, old_ones_writable)
        };
        if !matches!(tensor.device.kind, dlpack::CPU | dlpack::PINNED) {
            return Err(PyTypeError::new_err(format!(
                "{name}: the tensor is not on the CPU; pass tensor.cpu(), or take plan() and paste where it is"
            )));
        }
        let kind = match (tensor.dtype.code, tensor.dtype.bits, tensor.dtype.lanes) {
            (6, 8, 1) => Kind::Bool,
            (1, 8, 1) => Kind::U8,
            (0, 8, 1) => Kind::I8,
            (1, 16, 1) => Kind::U16,
            (0, 16, 1) => Kind::I16,
            (1, 32, 1) => Kind::U32,
            (0, 32, 1) => Kind::I32,
            (1, 64, 1) => Kind::U64,
            (0, 64, 1) => Kind::I64,
            (2, 16, 1) => Kind::F16,
            (4, 16, 1) => Kind::Bf16,
            (2, 32, 1) => Kind::F32,
            (2, 64, 1) => Kind::F64,
            (code, bits, _) => return Err(unknown(name, &format!("of DLPack's type {code} with {bits} bits"))),
        };
        let dimensions = usize::try_from(tensor.dimensions).unwrap_or(usize::MAX);
        check_dimensions(dimensions, name)?;
        let (mut shape, mut strides) = ([0; MOST], [0; MOST]);
        if dimensions > 0 {
            // SAFETY: by the protocol it has an element for each dimension, if there are any.
            let sides = unsafe { slice::from_raw_parts(tensor.shape, dimensions) };
            for (to, side) in shape.iter_mut().zip(sides) {
                *to = usize::try_from(*side).map_err(|_| PyValueError::new_err(format!("{name}: a side is {side}")))?;
            }
        }
        if tensor.strides.is_null() {
            let mut stride = kind.size();
            for (to, side) in strides.iter_mut().zip(shape).take(dimensions).rev() {
                *to = stride as isize;
                stride = stride.saturating_mul(side);
            }
        } else {
            // SAFETY: as of the shape.
            let elements = unsafe { slice::from_raw_parts(tensor.strides, dimensions) };
            for (to, stride) in strides.iter_mut().zip(elements) {
                *to = (*stride as isize).saturating_mul(kind.size() as isize);
            }
        }
        let data = tensor.data.cast::<u8>().wrapping_add(tensor.byte_offset as usize);
        Self::new(data, kind, &shape[..dimensions], &strides[..dimensions], writable, capsule.clone(), name)
    }

    fn new(
        data: *mut u8,
        kind: Kind,
        given: &[usize],
        given_strides: &[isize],
        writable: bool,
        owner: Bound<'py, PyAny>,
        name: &str,
    ) -> PyResult<Self> {
        check_dimensions(given.len(), name)?;
        let (mut shape, mut strides) = ([0; MOST], [0; MOST]);
        shape[..given.len()].copy_from_slice(given);
        strides[..given.len()].copy_from_slice(given_strides);
        Ok(Self { data, kind, dimensions: given.len(), shape, strides, writable, _owner: owner })
    }

    pub const fn data(&self) -> *mut u8 {
        self.data
    }

    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Length of each dimension.
    pub fn shape(&self) -> &[usize] {
        &self.shape[..self.dimensions]
    }

    /// Bytes from an element to the next, along each dimension.
    pub fn strides(&self) -> &[isize] {
        &self.strides[..self.dimensions]
    }

    /// Bytes of all elements.
    pub fn bytes(&self) -> usize {
        self.shape().iter().fold(self.kind.size(), |bytes, side| bytes.saturating_mul(*side))
    }

    /// Refuses memory that must not be written.
    pub fn check_writable(&self, name: &str) -> PyResult<()> {
        if self.writable {
            return Ok(());
        }
        Err(PyValueError::new_err(format!("{name}: the array is read-only, and is mixed in place; pass a copy")))
    }

    /// The elements of one or two dimensions, row by row.
    ///
    /// `T` must be of the kind's size, and any bits a value of it.
    pub fn read<T: Plain>(&self) -> Vec<T> {
        let [rows, columns] = match *self.shape() {
            [columns] => [1, columns],
            [rows, columns] => [rows, columns],
            _ => [0, 0],
        };
        let [down, across] = match *self.strides() {
            [across] => [0, across],
            [down, across] => [down, across],
            _ => [0, 0],
        };
        debug_assert_eq!(size_of::<T>(), self.kind.size());
        let mut elements = Vec::with_capacity(rows.saturating_mul(columns));
        for row in 0..rows {
            for column in 0..columns {
                let at = down * row as isize + across * column as isize;
                let place = self.data.wrapping_offset(at).cast::<T>();
                // SAFETY: the place lies within the array, whose owner is alive; it need not be aligned. Any bits are a `Plain`.
                elements.push(unsafe { place.read_unaligned() });
            }
        }
        elements
    }
}

/// Numbers of which any bits are a value.
pub trait Plain: Copy + Send + Sync {}
impl Plain for u8 {}
impl Plain for i8 {}
impl Plain for u16 {}
impl Plain for i16 {}
impl Plain for u32 {}
impl Plain for i32 {}
impl Plain for u64 {}
impl Plain for i64 {}
impl Plain for f32 {}
impl Plain for f64 {}

/// NumPy's number for float16.
const HALF: i32 = 23;

fn check_dimensions(dimensions: usize, name: &str) -> PyResult<()> {
    if dimensions > MOST {
        return Err(PyValueError::new_err(format!(
            "{name}: an array of {dimensions} dimensions; at most {MOST} are read"
        )));
    }
    Ok(())
}

fn unknown(name: &str, dtype: &str) -> PyErr {
    PyTypeError::new_err(format!(
        "{name}: elements are {dtype}; pass integers of 8 to 64 bits, float16, bfloat16, float32, float64 or bool"
    ))
}
