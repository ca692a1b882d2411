"""What of this package is written in Rust. Import it from `cutmix`."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

#: A NumPy array, a tensor of PyTorch on the CPU, or anything with DLPack or the buffer protocol. It is never copied.
Array: TypeAlias = Any
#: Whole numbers: an array [N], or a list, tuple or range.
Integers: TypeAlias = Any
#: Height and width in pixels, 1 to 65,535 each; `images.shape[-2:]` of images [N, C, H, W].
Shape: TypeAlias = Sequence[int]

Partners: TypeAlias = Literal["random-cycle", "shuffle", "roll", "reverse", "same-class", "other-class", "any-class"]

class Mixer:
    """What `CutMix`, `MixUp` and `Choice` have in common: each draws plans for the samples of a batch, and carries them out.

    What is drawn for a sample depends on (seed, epoch, index) alone: not on the batch, the number of threads or the machine. Copies by `pickle` draw
    the same. Nothing but what is documented changes: an object can be used by several threads at once.
    """

    @property
    def seed(self) -> int:
        """The seed of the run."""

    @property
    def num_classes(self) -> int | None:
        """How many classes soft labels have."""

    @property
    def labels(self) -> Literal["soft", "pair"]:
        """What `mix` returns."""

    @property
    def smoothing(self) -> float:
        """ε of label smoothing."""

    @property
    def layout(self) -> Literal["NCHW", "NHWC"]:
        """The axes of a batch."""

    def mix(self, images: Array, labels: Array, *, epoch: int, indices: Integers, threads: int | None = None) -> Any:
        """Mixes a batch in place, and returns its labels.

        Args:
            images: [N, C, H, W] (or [N, H, W, C], by `layout`), or [N, H, W] without channels. CutMix takes bool, integers of 8 to 64 bits, float16,
                bfloat16, float32 and float64; MixUp takes uint8, int8, uint16, int16, float16, bfloat16 and float32. Views of any strides will do.
                Nobody else may use the memory meanwhile: the GIL is released.
            labels: class numbers [N], or soft labels [N, classes] of float32.
            epoch: counted from 0, less than 2³².
            indices: the number of each sample in the data set [N]; what is drawn for it depends on this, not on its place in the batch.
            threads: how many share the work. By default one for every 32 MiB of images, as many as there are cores at most. The result is the same for
                any number.

        Returns:
            With `labels="soft"`, float32 [N, classes]: λ at the image's class, 1−λ at the partner's, a 1 if they are the same. With `labels="pair"`, a
            tuple (a, b, λ): the labels as they came, those of the partners, and float32 [N]; the loss is λ·loss(a) + (1−λ)·loss(b). Tensors if `labels`
            is one, else NumPy's.

        A batch of one has no partner, and stays as it is. λ is the share of pixels that stay, after the box is clipped: a quotient of two integers,
        rounded once.

        Raises:
            ValueError: if a shape, a label or a number is out of range, or the array is read-only or has elements that share memory.
            TypeError: if an array is none, or has elements of another type.

        After an error nothing has changed.

        Example:
            >>> import numpy as np, cutmix
            >>> mix = cutmix.CutMix(alpha=1.0, num_classes=3, seed=42)
            >>> images = np.arange(2, dtype=np.uint8)[:, None, None, None] * np.ones((1, 1, 4, 8), np.uint8)
            >>> mix(images, [0, 2], epoch=0, indices=[10, 11])
            array([[0.625, 0.   , 0.375],
                   [0.25 , 0.   , 0.75 ]], dtype=float32)
            >>> images[0, 0]
            array([[0, 0, 0, 0, 0, 0, 0, 0],
                   [0, 0, 0, 0, 0, 0, 0, 0],
                   [0, 1, 1, 1, 1, 1, 1, 0],
                   [0, 1, 1, 1, 1, 1, 1, 0]], dtype=uint8)
        """

    def __call__(self, images: Array, labels: Array, *, epoch: int, indices: Integers, threads: int | None = None) -> Any:
        """The same as `mix`."""

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]: ...
    def plan(self, indices: Integers, shape: Shape, *, epoch: int, dataset_size: int | None = None) -> Plans:
        """Draws the plans alone: for images on a GPU, for masks and objects, or to look at.

        Args:
            indices: the number of each sample in the data set [N].
            shape: height and width of the images.
            epoch: counted from 0, less than 2³².
            dataset_size: if given, partners are numbers of samples of the whole data set, not of this batch: those that the Rust trainer `host` draws for
                a data set of so many images.

        Raises:
            ValueError: if a number is out of range, or a batch has no partners by the rule.

        Example:
            >>> import cutmix
            >>> boxes, partners, lam = cutmix.CutMix(seed=42).plan(range(3), (32, 32), epoch=0)
            >>> boxes
            array([[ 0,  7, 13, 29],
                   [ 3, 12, 32, 32],
                   [ 0,  0, 16, 26]])
            >>> partners.tolist(), lam.tolist()
            ([2, 0, 1], [0.720703125, 0.43359375, 0.59375])
        """

@final
class CutMix(Mixer):
    """CutMix (Yun et al., 2019, arXiv 1905.04899): a box of each image is pasted from another one, and labels are mixed by the share of pixels.

    Args:
        alpha: λ ~ Beta(α, α); finite and greater than 0.
        seed: of the run, 0 to 2⁶⁴ − 1. There is none by default, so that two runs are equal only where that was said.
        p: the share of samples that are mixed, 0 to 1.
        rule: how λ becomes a box of ⌊W·√(1−λ)⌋ × ⌊H·√(1−λ)⌋ pixels. `"paper"`: around a center anywhere in the image, by half of each side rounded
            down, and clipped (the paper's code, torchvision). `"odd-sides"`: the same, where halving loses no pixel (timm). `"at-least-one-pixel"`: as the
            paper, but no box is empty (the Keras example). `"inside"`: anywhere inside, never clipped (kornia). `"min-max:MIN,MAX"`: each side by itself,
            from MIN to MAX of the image's (timm's `cutmix_minmax`); α has no part in it.
        grid: height and width of cells that a box takes whole or not at all, such as the patches of a vision transformer; pixels by default.
        partners: whom an image gets its box from within a batch. `"random-cycle"`: nobody meets themself. `"shuffle"`: as in the paper's code, about one
            image a batch meets itself. `"roll"`: the image before (torchvision). `"reverse"`: the batch back to front (timm), which takes an even number.
            Of a whole data set, by `plan` with `dataset_size` or `MixedDataset`, also: `"same-class"`, `"other-class"`, and `"any-class"`, where the class is
            drawn first, each equally likely. An image without such a partner stays as it is.
        dataset_labels: class of each image of the data set, whole numbers below 65,536, for partners by class.
        labels: what `mix` returns: `"soft"`, or `"pair"` for (a, b, λ).
        num_classes: of soft labels, at most 65,536; needed where `mix` gets class numbers.
        smoothing: ε of label smoothing, 0 to 1: (1−ε)·soft + ε ÷ classes.
        layout: the axes of a batch, `"NCHW"` or `"NHWC"`.

    Raises:
        ValueError: if an argument is out of range.

    Example:
        >>> import cutmix
        >>> cutmix.CutMix(alpha=0)
        Traceback (most recent call last):
        TypeError: CutMix.__new__() missing 1 required keyword argument: 'seed'
        >>> cutmix.CutMix(alpha=0, seed=1)
        Traceback (most recent call last):
        ValueError: alpha: 0 is no parameter of a Beta distribution; it must be finite and greater than zero
    """

    def __new__(
        cls,
        alpha: float = 1.0,
        *,
        seed: int,
        p: float = 1.0,
        rule: str = "paper",
        grid: tuple[int, int] | None = None,
        partners: Partners = "random-cycle",
        dataset_labels: Integers | None = None,
        labels: Literal["soft", "pair"] = "soft",
        num_classes: int | None = None,
        smoothing: float = 0.0,
        layout: Literal["NCHW", "NHWC"] = "NCHW",
    ) -> CutMix: ...
    def can_mix(self, shape: Shape) -> bool:
        """Whether there is a box for images of this height and width at all. If not, they stay as they are, with λ = 1.

        Example:
            >>> import cutmix
            >>> cutmix.CutMix(seed=0).can_mix((2, 64))  # the paper's sides are even, and less than the image's
            False
        """

@final
class MixUp(Mixer):
    """MixUp (Zhang et al., 2018, arXiv 1710.09412): whole images are blended, λ·image + (1−λ)·partner, and so are labels.

    λ is a whole number of 2⁻¹⁶. Integers are blended in integers, and rounded once, halves up; floats in float32.

    Args:
        alpha: λ ~ Beta(α, α); finite and greater than 0.

    All others are as of `CutMix`.
    """

    def __new__(
        cls,
        alpha: float = 1.0,
        *,
        seed: int,
        p: float = 1.0,
        partners: Partners = "random-cycle",
        dataset_labels: Integers | None = None,
        labels: Literal["soft", "pair"] = "soft",
        num_classes: int | None = None,
        smoothing: float = 0.0,
        layout: Literal["NCHW", "NHWC"] = "NCHW",
    ) -> MixUp: ...

@final
class Choice(Mixer):
    """CutMix or MixUp, drawn for each sample, as timm's `switch_prob` has it.

    Args:
        cutmix: a `CutMix` without a grid.
        mixup: a `MixUp` of the same seed, partners, dataset_labels, labels, num_classes, smoothing and layout.
        switch_prob: the share of samples that MixUp takes, 0 to 1. Of those either takes, its own `p` says how many are mixed.

    Raises:
        ValueError: if the two differ in more than alpha and p, or the probability is none.

    Example:
        >>> import cutmix
        >>> options = dict(num_classes=10, seed=42)
        >>> choice = cutmix.Choice(cutmix.CutMix(1.0, **options), cutmix.MixUp(0.2, **options))
        >>> choice.plan(range(6), (32, 32), epoch=0).blended.tolist()
        [True, False, False, True, True, False]
    """

    def __new__(cls, cutmix: CutMix, mixup: MixUp, *, switch_prob: float = 0.5) -> Choice: ...

@final
class Plans:
    """What was drawn for each image of a batch. `boxes, partners, lam = plans` unpacks it.

    Example:
        Masks and boxes of objects go along:

        >>> import numpy as np, cutmix
        >>> images, masks = np.zeros((4, 3, 32, 48), np.float32), np.zeros((4, 8, 12), np.int64)
        >>> plans = cutmix.CutMix(seed=42).plan(range(4), images.shape[-2:], epoch=0)
        >>> plans.apply(images)
        >>> plans.at(masks.shape[-2:]).apply(masks)  # masks of a quarter of the sides
        >>> soft = plans.soft_labels([0, 1, 2, 0], 3)
    """

    @property
    def boxes(self) -> NDArray[np.int64]:
        """x0, y0, x1, y1 of each [N, 4], in pixels and half open, as in torchvision's XYXY. Zeros where nothing is pasted."""

    @property
    def partners(self) -> NDArray[np.int64]:
        """Whose pixels come in [N]: numbers of images of the batch, or of samples of the data set if `dataset_size` was given."""

    @property
    def lam(self) -> NDArray[np.float32]:
        """λ of each [N], how much of the image stays: `kept / total`, rounded once."""

    @property
    def kept(self) -> NDArray[np.int64]:
        """Pixels that stay [N]; of a blend, parts of 65,536."""

    @property
    def total(self) -> NDArray[np.int64]:
        """All pixels [N]; of a blend, 65,536."""

    @property
    def blended(self) -> NDArray[np.bool_]:
        """Which images are blended by MixUp [N], and so have no box."""

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the images."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[NDArray[Any]]: ...
    def at(self, shape: Shape) -> Plans:
        """The same boxes in images of another height and width, such as masks of a lower resolution: edges are rounded to the nearest, halves down.

        λ is then that of the other image's pixels; take labels from the image's own plans.
        """

    def apply(self, images: Array, partners: Array | None = None) -> None:
        """Carries the plans out in place: on images, masks, depth or whatever has a value for each pixel.

        Args:
            images: as of `mix`, of this height and width.
            partners: the other image of each, of the same shape and type, in memory of its own; by default partners are images of the batch.

        Raises:
            ValueError: if a shape is another one, or memory is shared or read-only.
            TypeError: if an array is none, or has elements of another type.
        """

    def soft_labels(self, labels: Array, num_classes: int | None = None, *, partners: Array | None = None, smoothing: float = 0.0) -> Any:
        """The soft label of each mixed image, float32 [N, classes].

        Args:
            labels: class numbers [N], or soft labels [N, classes] of float32.
            num_classes: needed for class numbers.
            partners: labels of the other image of each, in the same form; by default those of images of the batch.
            smoothing: ε of label smoothing, 0 to 1; for class numbers.

        Raises:
            ValueError: if a label is of no class, or lengths differ.
        """

    def unite(self, labels: Array, *, least: float = 0.0) -> Any:
        """Unites multi-hot labels (1 for every class that an image shows), float32 [N, classes], for a binary cross-entropy of each class.

        An image keeps its classes if at least the share `least` of it is left, and gets those of the partner if at least `least` is the partner's.

        Raises:
            ValueError: if some images are blended, or lengths differ.
        """

    def objects(self, boxes: Array, images: Integers, *, least: float = 0.5) -> tuple[Any, Any, Any, Any]:
        """What can be seen of objects in the mixed images: of those of the image what the box leaves, of those of the partner what lies in it.

        Args:
            boxes: x0, y0, x1, y1 of each object [M, 4], whole pixels from 0, half open.
            images: of which image of the batch each is [M].
            least: the share of an object's box that must be seen for it to stay an object.

        Returns:
            Boxes [K, 4], the image of each [K], the row of each in `boxes` [K], so that classes can be looked up, and the share that is seen [K].
            A box is the smallest around what is seen.

        Raises:
            ValueError: if a box is inverted, an image is none of the batch, or some images are blended.
            TypeError: if edges are floats: round them first.

        Example:
            >>> import numpy as np, cutmix
            >>> plans = cutmix.CutMix(seed=42).plan(range(2), (32, 32), epoch=0)
            >>> plans.boxes
            array([[ 0,  7, 13, 29],
                   [ 3, 12, 32, 32]])
            >>> boxes, images, rows, shares = plans.objects(np.array([[4, 4, 20, 20], [0, 8, 10, 18]]), [0, 1])
            >>> boxes
            array([[ 4,  4, 20, 20],
                   [ 0,  8, 10, 18],
                   [ 0,  8, 10, 18],
                   [ 4, 12, 20, 20]])
            >>> images.tolist(), rows.tolist(), [f"{share:.2f}" for share in shares]
            ([0, 0, 1, 1], [0, 1, 1, 0], ['0.54', '1.00', '0.58', '0.50'])
        """

def order(images: int, *, seed: int, epoch: int) -> NDArray[np.int64]:
    """The order of a data set of so many images in this epoch: the numbers 0 to `images` − 1, shuffled, as the Rust trainer `host` shows them.

    A sampler for a `DataLoader`, the same in every process: `sampler=cutmix.order(len(dataset), seed=42, epoch=epoch)`.

    Example:
        >>> import cutmix
        >>> cutmix.order(8, seed=42, epoch=0).tolist()
        [6, 3, 2, 0, 7, 1, 4, 5]
    """

@final
class Record:
    """A record of a device: a sample, which has pixels, or a plan, which has none. `open_capture` reads them."""

    @property
    def seed(self) -> int:
        """The seed of its session, from power-on to power-off say."""

    @property
    def epoch(self) -> int:
        """Counted from 0."""

    @property
    def index(self) -> int:
        """Number of the frame that is pasted into."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width, channels, whatever the layout."""

    @property
    def layout(self) -> Literal["HWC", "CHW"]:
        """The axes of the image."""

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 of what is pasted, half open; zeros of a frame as the camera saw it."""

    @property
    def partner(self) -> int:
        """Number of the frame that the box is of."""

    @property
    def kept(self) -> int:
        """Pixels that stay."""

    @property
    def total(self) -> int:
        """All pixels."""

    @property
    def lam(self) -> float:
        """λ, `kept / total`."""

    @property
    def classes(self) -> tuple[int, int]:
        """Of the frame, and of the one that the box is of."""

    @property
    def mixed(self) -> bool:
        """Whether another frame shows."""

    @property
    def element(self) -> Literal["u8", "rgb565", "bgr", "yuyv", "i8", "u16", "i16", "f32"] | None:
        """What the elements are; `None` of a plan. `rgb565` and `yuyv` are numbers of 16 bits in one channel: `cutmix.rgb` makes colors of them."""

    @property
    def zero_point(self) -> int | None:
        """The number that stands for 0, of quantized elements (`i8`)."""

    @property
    def image(self) -> NDArray[Any] | None:
        """The pixels, by `layout`, in the byte order of this computer; a new array each time. `None` of a plan."""

    def part(self, stretch: int = 50) -> Literal["train", "gap", "test"]:
        """What a frame is for: neighbors in time are nearly equal, so stretches of frames are held out whole, with a gap on both sides.

        A mixed sample is for training if both of its frames are, and else for nothing.
        """

    def replay(self, frame: Record, partner: Record) -> Record:
        """The sample that this plan makes of two frames as the camera saw them.

        Raises:
            ValueError: if they are other frames than the plan's, or of another shape, type or class.
        """

def read_capture(bytes: bytes) -> tuple[list[Record], list[Record], list[tuple[int, int, str]]]:
    """Samples, plans, and what is no record (offset, length, reason); `open_capture` calls it."""
