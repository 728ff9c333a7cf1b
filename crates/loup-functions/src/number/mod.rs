//! Functions on numbers of any type: columns in and out, row loops, steps, noise keyed and private, bijections.

pub(crate) mod column;
pub(crate) mod map;
pub(crate) mod noise;
pub(crate) mod privacy;
pub(crate) mod step;
