use std::fmt;

/// Appends a number as ECMAScript prints it (RFC 8785 3.2.2.3): the fewest digits that give the
/// same double back, plain from 1e-6 up to 1e21, otherwise with an exponent.
///
/// # Errors
///
/// When it is NaN or infinite. Nothing is written then.
pub fn write_number(number: f64, out: &mut Vec<u8>) -> Result<(), NotFinite> {
    if !number.is_finite() {
        return Err(NotFinite);
    }
    if number == 0.0 {
        out.push(b'0'); // also for -0
        return Ok(());
    }
    let mut buffer = zmij::Buffer::new();
    let decimal = Decimal::read(buffer.format_finite(number.abs()).as_bytes());
    if number.is_sign_negative() {
        out.push(b'-');
    }
    decimal.write(out);
    Ok(())
}

/// A number that has no canonical form: NaN or an infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotFinite;

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a finite number")
    }
}

impl std::error::Error for NotFinite {}

/// `0.DIGITS` times ten to the power of `point`, with neither zero nor nothing at either end of
/// the digits.
struct Decimal {
    digits: [u8; Self::MOST],
    length: usize,
    point: i32,
}

impl Decimal {
    /// No double needs more digits.
    const MOST: usize = 17;

    /// Takes a positive number apart that was printed with the fewest digits, in any notation.
    fn read(printed: &[u8]) -> Self {
        let mut decimal = Self {
            digits: [0; Self::MOST],
            length: 0,
            point: 0,
        };
        let mut octets = printed.iter();
        let mut zeros = 0; // that may be at the end
        let mut in_fraction = false;
        for &octet in octets.by_ref() {
            match octet {
                b'.' => in_fraction = true,
                b'e' => break,
                b'0' if decimal.length == 0 => decimal.point -= i32::from(in_fraction),
                _ => {
                    decimal.point += i32::from(!in_fraction);
                    if octet == b'0' {
                        zeros += 1;
                        continue;
                    }
                    decimal.push_zeros(zeros);
                    zeros = 0;
                    decimal.push(octet);
                }
            }
        }
        decimal.point += exponent(octets.as_slice());
        decimal
    }

    fn push_zeros(&mut self, zeros: usize) {
        for _ in 0..zeros {
            self.push(b'0');
        }
    }

    fn push(&mut self, digit: u8) {
        if let Some(place) = self.digits.get_mut(self.length) {
            *place = digit;
            self.length += 1;
        }
    }

    /// `Number::toString` of ECMAScript, with the `n` of the standard as `point`.
    fn write(&self, out: &mut Vec<u8>) {
        let digits = &self.digits[..self.length];
        match self.point {
            // An integer, or digits on both sides of the point.
            1..=21 => {
                let point = self.point as usize;
                if let Some((integer, fraction)) = digits.split_at_checked(point) {
                    out.extend_from_slice(integer);
                    if !fraction.is_empty() {
                        out.push(b'.');
                        out.extend_from_slice(fraction);
                    }
                } else {
                    out.extend_from_slice(digits);
                    out.resize(out.len() + point - digits.len(), b'0');
                }
            }
            -5..=0 => {
                out.extend_from_slice(b"0.");
                out.resize(out.len() + self.point.unsigned_abs() as usize, b'0');
                out.extend_from_slice(digits);
            }
            _ => self.write_with_exponent(out),
        }
    }

    fn write_with_exponent(&self, out: &mut Vec<u8>) {
        let (first, rest) = self.digits[..self.length].split_at(1);
        out.extend_from_slice(first);
        if !rest.is_empty() {
            out.push(b'.');
            out.extend_from_slice(rest);
        }
        let exponent = self.point - 1;
        out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
        out.extend_from_slice(exponent.unsigned_abs().to_string().as_bytes());
    }
}

fn exponent(printed: &[u8]) -> i32 {
    let text = std::str::from_utf8(printed).unwrap_or_default();
    text.parse().unwrap_or(0) // there is none
}
