"""What the package does, once more in plain Python and NumPy, from the papers and the documentation. Slow, and written for nothing else."""

import numpy as np

GOLDEN = 0x9E3779B97F4A7C15
MASK = 2**64 - 1


def splitmix(state):
    """SplitMix64's output function (Steele, Lea and Flood 2014) on the state after `state`."""
    z = (state + GOLDEN) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


class Stream:
    """PCG-XSH-RR 64/32 (O'Neill 2014), as its reference code seeds it, with a key of (seed, epoch, index)."""

    MULTIPLIER = 6364136223846793005

    def __init__(self, seed, epoch, index):
        sequence = splitmix(splitmix(seed) ^ epoch)
        self.increment = (sequence << 1 | 1) & MASK
        self.state = 0
        self.word()
        self.state = (self.state + splitmix(sequence ^ index)) & MASK
        self.word()

    def word(self):
        old = self.state
        self.state = (old * self.MULTIPLIER + self.increment) & MASK
        shifted = ((old >> 18) ^ old) >> 27 & 0xFFFFFFFF
        turn = old >> 59
        return (shifted >> turn | shifted << (-turn & 31)) & 0xFFFFFFFF

    def below(self, bound):
        """Lemire 2019, algorithm 5."""
        product = self.word() * bound
        if product & 0xFFFFFFFF < bound:
            surplus = (2**32 - bound) % bound
            while product & 0xFFFFFFFF < surplus:
                product = self.word() * bound
        return product >> 32


def permutation(count, stream, cyclic=False):
    """Fisher-Yates from the last to the second; Sattolo's cycle leaves the last one out."""
    numbers = list(range(count))
    for last in range(count - 1, 0, -1):
        other = stream.below(last + (0 if cyclic else 1))
        numbers[last], numbers[other] = numbers[other], numbers[last]
    return numbers


ORDER, PARTNERS, BATCH = MASK, MASK - 1, 1 << 60


def partners_of_batch(indices, seed, epoch, rule):
    count = len(indices)
    if count == 1:
        return [0]
    if rule == "roll":
        return [(image - 1) % count for image in range(count)]
    if rule == "reverse":
        return [count - 1 - image for image in range(count)]
    stream = Stream(seed, epoch, (BATCH + int(indices[0])) & MASK)
    return permutation(count, stream, cyclic=rule == "random-cycle")


def partners_of_data_set(images, seed, epoch, rule):
    first = permutation(images, Stream(seed, epoch, ORDER))
    if rule == "shuffle":
        second = permutation(images, Stream(seed, epoch, PARTNERS))
    else:
        places = permutation(images, Stream(seed, epoch, PARTNERS), cyclic=True)
        second = [first[place] for place in places]
    return dict(zip(first, second))


def partners_by_class(labels, seed, epoch, rule):
    """Each from the stream of its own sample; the images of a class come in their order."""
    of_class = {label: [image for image, other in enumerate(labels) if other == label] for label in sorted(set(labels))}
    all_of_them = [image for images in of_class.values() for image in images]
    partners = []
    for image, label in enumerate(labels):
        stream, own = Stream(seed, epoch, (1 << 61) + image), of_class[label]
        partner = image
        if rule == "same-class" and len(own) > 1:
            drawn = own[stream.below(len(own) - 1)]
            partner = own[-1] if drawn == image else drawn
        elif rule == "other-class" and len(own) < len(labels):
            drawn = stream.below(len(labels) - len(own))
            partner = all_of_them[drawn if drawn < all_of_them.index(own[0]) else drawn + len(own)]
        elif rule == "any-class":
            images = list(of_class.values())[stream.below(len(of_class))]
            partner = images[stream.below(len(images))]
        partners.append(partner)
    return partners


def paste(images, boxes, partners, axes="NCHW"):
    """A mixed copy of a batch, by slices."""
    before, mixed = np.array(images), np.array(images)
    for image, ((x0, y0, x1, y1), partner) in enumerate(zip(boxes, partners)):
        if axes == "NCHW" and mixed.ndim == 4:
            mixed[image, :, y0:y1, x0:x1] = before[partner, :, y0:y1, x0:x1]
        else:
            mixed[image, y0:y1, x0:x1] = before[partner, y0:y1, x0:x1]
    return mixed


def one_hot(labels, classes):
    return np.eye(classes)[np.asarray(labels)]


def soft(labels, lam, partners, classes, smoothing=0.0):
    """In float64."""
    labels, lam = np.asarray(labels), np.asarray(lam, np.float64)[:, None]
    rows = one_hot(labels, classes) if labels.ndim == 1 else labels.astype(np.float64)
    return (1 - smoothing) * (lam * rows + (1 - lam) * rows[np.asarray(partners)]) + smoothing / classes
