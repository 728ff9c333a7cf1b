//! The masking functions, one file each, and the table that lists them.

mod age_band;
mod blank;
mod bottom_code;
mod bucket;
mod date_shift;
mod decrypt;
mod encrypt;
mod fake_aadhaar;
mod fake_address;
mod fake_amount;
mod fake_bic;
mod fake_building;
mod fake_card;
mod fake_city;
mod fake_color;
mod fake_company;
mod fake_country;
mod fake_country_code;
mod fake_currency_code;
mod fake_district;
mod fake_dob;
mod fake_domain;
mod fake_driving_licence;
mod fake_email;
mod fake_file_name;
mod fake_first_name;
mod fake_from;
mod fake_full_name;
mod fake_gov_id;
mod fake_health_id;
mod fake_iban;
mod fake_ipv4;
mod fake_ipv6;
mod fake_job;
mod fake_last_name;
mod fake_latitude;
mod fake_licence_plate;
mod fake_like;
mod fake_longitude;
mod fake_mac;
mod fake_middle_name;
mod fake_mrn;
mod fake_pan;
mod fake_paragraph;
mod fake_passport;
mod fake_person;
mod fake_phone;
mod fake_postcode;
mod fake_ration_card;
mod fake_sentence;
mod fake_ssn;
mod fake_state;
mod fake_state_code;
mod fake_street;
mod fake_unique_company;
mod fake_unique_email;
mod fake_unique_first_name;
mod fake_unique_full_name;
mod fake_unique_last_name;
mod fake_unique_user_name;
mod fake_url;
mod fake_user_agent;
mod fake_user_name;
mod fake_uuid;
mod fake_voter_id;
mod fake_word;
mod fpe_decrypt;
mod fpe_encrypt;
mod gaussian;
mod generalize;
mod generalize_date;
mod generalize_geo;
mod generalize_ip;
mod generalize_postcode;
mod generalize_range;
mod generalize_to;
mod hash_keyed;
mod hash_salted;
mod hmac_sha256;
mod keccak256;
mod keep_blank;
mod laplace;
mod map_id;
mod mask;
mod mask_card;
mod mask_card_relaxed;
mod mask_email;
mod mask_first_n;
mod mask_iban;
mod mask_inner;
mod mask_ip;
mod mask_last_n;
mod mask_name;
mod mask_outer;
mod mask_phone;
mod mask_postcode;
mod mask_show_first_n;
mod mask_show_last_n;
mod mask_ssn;
mod mask_url;
mod mask_uuid;
mod noise;
mod noise_abs;
mod nullify;
mod partial;
mod pseudo_code;
mod pseudo_digits;
mod pseudo_email;
mod pseudo_int;
mod pseudo_text;
mod pseudo_uuid;
mod redact;
mod redact_regex;
mod scrub;
mod sha3_256;
mod top_code;
mod unmap_id;

use crate::function::MaskingFunction;

/// Every masking function. A new one is a new file and a new line here.
pub(crate) static TABLE: &[&dyn MaskingFunction] = &[
    &mask::Mask,
    &mask_first_n::MaskFirstN,
    &mask_last_n::MaskLastN,
    &mask_show_first_n::MaskShowFirstN,
    &mask_show_last_n::MaskShowLastN,
    &mask_inner::MaskInner,
    &mask_outer::MaskOuter,
    &partial::Partial,
    &mask_email::MaskEmail,
    &mask_phone::MaskPhone,
    &mask_card::MaskCard,
    &mask_card_relaxed::MaskCardRelaxed,
    &mask_ssn::MaskSsn,
    &mask_iban::MaskIban,
    &mask_uuid::MaskUuid,
    &mask_ip::MaskIp,
    &mask_url::MaskUrl,
    &mask_name::MaskName,
    &mask_postcode::MaskPostcode,
    &redact::Redact,
    &redact_regex::RedactRegex,
    &scrub::Scrub,
    &nullify::Nullify,
    &blank::Blank,
    &hash_keyed::HashKeyed,
    &hash_salted::HashSalted,
    &hmac_sha256::HmacSha256,
    &keccak256::Keccak256,
    &sha3_256::Sha3_256,
    &pseudo_int::PseudoInt,
    &pseudo_digits::PseudoDigits,
    &pseudo_text::PseudoText,
    &pseudo_uuid::PseudoUuid,
    &pseudo_email::PseudoEmail,
    &pseudo_code::PseudoCode,
    &fpe_encrypt::FpeEncrypt,
    &fpe_decrypt::FpeDecrypt,
    &encrypt::Encrypt,
    &decrypt::Decrypt,
    &map_id::MapId,
    &unmap_id::UnmapId,
    &fake_first_name::FakeFirstName,
    &fake_middle_name::FakeMiddleName,
    &fake_last_name::FakeLastName,
    &fake_full_name::FakeFullName,
    &fake_person::FakePerson,
    &fake_company::FakeCompany,
    &fake_job::FakeJob,
    &fake_address::FakeAddress,
    &fake_street::FakeStreet,
    &fake_building::FakeBuilding,
    &fake_city::FakeCity,
    &fake_district::FakeDistrict,
    &fake_state::FakeState,
    &fake_state_code::FakeStateCode,
    &fake_postcode::FakePostcode,
    &fake_country::FakeCountry,
    &fake_country_code::FakeCountryCode,
    &fake_latitude::FakeLatitude,
    &fake_longitude::FakeLongitude,
    &fake_phone::FakePhone,
    &fake_gov_id::FAKE_GOV_ID,
    &fake_aadhaar::FAKE_AADHAAR,
    &fake_pan::FAKE_PAN,
    &fake_voter_id::FAKE_VOTER_ID,
    &fake_ration_card::FAKE_RATION_CARD,
    &fake_driving_licence::FAKE_DRIVING_LICENCE,
    &fake_health_id::FAKE_HEALTH_ID,
    &fake_mrn::FAKE_MRN,
    &fake_ssn::FAKE_SSN,
    &fake_passport::FAKE_PASSPORT,
    &fake_iban::FAKE_IBAN,
    &fake_bic::FAKE_BIC,
    &fake_card::FAKE_CARD,
    &fake_ipv4::FAKE_IPV4,
    &fake_ipv6::FAKE_IPV6,
    &fake_mac::FAKE_MAC,
    &fake_uuid::FAKE_UUID,
    &fake_currency_code::FAKE_CURRENCY_CODE,
    &fake_licence_plate::FAKE_LICENCE_PLATE,
    &fake_like::FAKE_LIKE,
    &fake_user_agent::FAKE_USER_AGENT,
    &fake_user_name::FAKE_USER_NAME,
    &fake_email::FAKE_EMAIL,
    &fake_word::FAKE_WORD,
    &fake_sentence::FAKE_SENTENCE,
    &fake_paragraph::FAKE_PARAGRAPH,
    &fake_domain::FAKE_DOMAIN,
    &fake_url::FAKE_URL,
    &fake_file_name::FAKE_FILE_NAME,
    &fake_color::FAKE_COLOR,
    &fake_unique_user_name::FAKE_UNIQUE_USER_NAME,
    &fake_unique_email::FAKE_UNIQUE_EMAIL,
    &fake_unique_full_name::FAKE_UNIQUE_FULL_NAME,
    &fake_unique_first_name::FAKE_UNIQUE_FIRST_NAME,
    &fake_unique_last_name::FAKE_UNIQUE_LAST_NAME,
    &fake_unique_company::FAKE_UNIQUE_COMPANY,
    &fake_dob::FakeDob,
    &fake_amount::FakeAmount,
    &generalize_date::GeneralizeDate,
    &keep_blank::KeepBlank,
    &generalize::Generalize,
    &generalize_range::GeneralizeRange,
    &bucket::Bucket,
    &age_band::AgeBand,
    &generalize_postcode::GeneralizePostcode,
    &generalize_geo::GeneralizeGeo,
    &generalize_ip::GeneralizeIp,
    &top_code::TopCode,
    &bottom_code::BottomCode,
    &noise::Noise,
    &noise_abs::NoiseAbs,
    &date_shift::DateShift,
    &laplace::Laplace,
    &gaussian::Gaussian,
    &fake_from::FakeFrom,
    &generalize_to::GeneralizeTo,
];
