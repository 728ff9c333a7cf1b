//! The functions that draw one part of an address as text.

use datafusion::common::Result;

use crate::binding::Binding;
use crate::call::Call;
use crate::function::text_like;
use crate::guarantee::Guarantee;
use crate::kernel::Kernel;
use crate::kernel::map::{Record, map_digest_unless};
use crate::lists::pick::synthetic;
use crate::locale::{self, Locale};
use crate::places::address::{Address, Addresses, PURPOSE, limit, longest_street};
use crate::places::place::{self, Place, write_degrees};

/// A part of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Street,
    City,
    District,
    State,
    StateCode,
    Postcode,
    Latitude,
    Longitude,
}

impl Part {
    /// Returns the name of a place that this part is; None for what is no name of a place.
    fn of(self, place: &Place) -> Option<&'static str> {
        match self {
            Self::City => Some(place.city),
            Self::District => Some(place.district),
            Self::State => Some(place.state),
            Self::StateCode => Some(place.state_code),
            Self::Street | Self::Postcode | Self::Latitude | Self::Longitude => None,
        }
    }

    /// Returns how many characters the longest of any locale has.
    fn longest(self) -> usize {
        let places = || Locale::ALL.into_iter().flat_map(place::of);
        match self {
            Self::Street => longest_street(),
            Self::Postcode => 8,
            // -178.1234
            Self::Latitude | Self::Longitude => 9,
            name => places().filter_map(|place| name.of(place)).map(|name| name.chars().count()).max().unwrap_or(0),
        }
    }
}

/// Returns what a call promises.
pub(crate) fn guarantee(call: &Call, part: Part) -> Result<Guarantee> {
    synthetic(call, part.longest())
}

/// Makes the kernel that draws the part for each value.
pub(crate) fn compile(call: &Call, binding: &Binding, part: Part) -> Result<Box<dyn Kernel>> {
    let locale = locale::of(call, binding)?;
    let max_chars = call.max_chars()?;
    let digest = binding.digest(PURPOSE, call.text("domain")?);
    let addresses = Addresses::new(locale, max_chars);
    let telling = addresses.telling();
    let draw = move |digest: &_| addresses.draw(digest);
    let record = Record { telling, is_sampled: true, draw, shows: Address::shows };
    Ok(map_digest_unless(call, text_like(call.value_type()), digest, 16, record, move |_, address: &Address, out| {
        match part {
            Part::Street => address.write_street(out),
            Part::Postcode => out.push_str(address.postcode.as_str()),
            Part::Latitude => write_degrees(address.latitude, out),
            Part::Longitude => write_degrees(address.longitude, out),
            _ => out.push_str(part.of(address.place).unwrap_or_default()),
        }
        limit(out, max_chars);
        Ok(())
    }))
}
