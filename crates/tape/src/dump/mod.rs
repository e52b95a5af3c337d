//! What a tape shows of itself.
