//! What the two agents of the demo write.

use serde_json::{Value, json};
use structured_email::Draft;

pub(super) const SUBJECT: &str = "Order A-1001: two espresso cups";
pub(super) const TEXT: &str =
    "Hello,\n\nplease send us two espresso cups. Our order number is A-1001.\n";
const HTML: &str = "<p>Hello,</p>\n<p>please send us <b>two espresso cups</b>. \
                    Our order number is A-1001.</p>\n";
const ANSWER: &str = "They leave the house today.\n";

/// A message that comes with the card of its author.
pub(super) fn greeting(to: &str) -> Draft {
    Draft::new()
        .to(to)
        .subject("Who I am")
        .text("Hello, this is who I am.\n")
}

/// The answer to it.
pub(super) fn answering_greeting() -> Draft {
    Draft::new().text("Nice to meet you. This is me.\n")
}

/// An order that says the same to people and to machines.
pub(super) fn ordering(to: &str) -> Draft {
    Draft::new()
        .to(to)
        .subject(SUBJECT)
        .text(TEXT)
        .html(HTML)
        .data(&order())
}

/// More about the order, for machines only.
pub(super) fn telling_where(to: &str) -> Draft {
    Draft::new()
        .to(to)
        .subject("Where to deliver A-1001")
        .data(&delivery())
}

/// The answer to the order.
pub(super) fn answering() -> Draft {
    Draft::new().text(ANSWER).data(&confirmation())
}

/// The data of the order.
pub(super) fn order() -> Value {
    json!({
        "@context": "https://schema.org",
        "@type": "Order",
        "orderNumber": "A-1001",
        "orderedItem": {
            "@type": "OrderItem",
            "orderQuantity": 2,
            "orderedItem": {"@type": "Product", "name": "Espresso cup"}
        }
    })
}

fn delivery() -> Value {
    json!({
        "@context": "https://schema.org",
        "@type": "ParcelDelivery",
        "partOfOrder": {"@type": "Order", "orderNumber": "A-1001"},
        "deliveryAddress": {"@type": "PostalAddress", "addressLocality": "Trieste"}
    })
}

/// The data of the answer.
pub(super) fn confirmation() -> Value {
    json!({
        "@context": "https://schema.org",
        "@type": "ConfirmAction",
        "object": {"@type": "Order", "orderNumber": "A-1001"}
    })
}
