//! Random straight-line code with chains, sums and guards against the same read one by one, bit for bit.
