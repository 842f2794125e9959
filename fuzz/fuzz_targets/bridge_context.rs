#![no_main]

use mailmesh_testkit::properties;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| properties::bridge_context(octets));
