//! Functions that mask inside lists, JSON and texts with separators, by a function that their call names.
//!
//! They stand above `functions`, whose table they search: so they do not nest.

mod json;
mod json_mask;
mod json_mask_keys;
mod json_selector;
mod list_mask;
mod parts;
mod split_mask;

use crate::function::MaskingFunction;

/// Every function of this folder.
pub(crate) static TABLE: &[&dyn MaskingFunction] =
    &[&json_mask::JsonMask, &json_mask_keys::JsonMaskKeys, &list_mask::ListMask, &split_mask::SplitMask];
