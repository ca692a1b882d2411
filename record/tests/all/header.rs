//! What a header knows by itself.

use cutmix_core::Stream;
use cutmix_record::Key;

use crate::by_hand::example;

#[test]
fn a_header_knows_its_stream_and_its_label() {
    assert_eq!(Key { seed: 42, epoch: 3, index: 300 }.stream(), Stream::new(42, 3, 300));
    let header = example();
    assert_eq!(header.label(), header.plan.label(3, 4));
}
