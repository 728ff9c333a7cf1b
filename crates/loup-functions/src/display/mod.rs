//! What display masks share: classes of characters, margins, mask characters, written numbers, patterns, neutral
//! values.

pub(crate) mod class_mask;
pub(crate) mod digit_places;
pub(crate) mod margins;
pub(crate) mod mask_char;
pub(crate) mod neutral;
pub(crate) mod pattern;
