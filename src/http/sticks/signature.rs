//! Signatures of minisign: Ed25519 over BLAKE2b, so that a file is checked while it comes.

use crate::http::problem::Problem;
use minisign_verify::{Error, PublicKey, Signature};
use std::io::{self, Read};

/// Octets of a signature at most: two of base64 and two comments.
pub const SIGNATURE_OCTETS: usize = 2048;

/// Reads a signature.
pub fn read(text: &str) -> Result<Signature, Problem> {
    if text.len() > SIGNATURE_OCTETS {
        let detail = format!("a signature has at most {SIGNATURE_OCTETS} octets");
        return Err(bad("query signature", &detail));
    }
    Signature::decode(text).map_err(|_| bad("query signature", "it is no signature of minisign"))
}

/// Checks the whole of a file.
pub fn check(mut file: impl Read, signature: &Signature, key: &PublicKey) -> Result<(), Problem> {
    let mut verifier = key.verify_stream(signature).map_err(|error| match error {
        Error::UnexpectedKeyId => {
            bad("query signature", "it is by another key than usb.public_key")
        }
        _ => bad("query signature", "it is of the old form, without a hash: sign without -l"),
    })?;
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(len) => verifier.update(&chunk[..len]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Problem::disk("stick", &error)),
        }
    }
    let detail = "the file was changed after it was signed";
    verifier.finalize().map_err(|_| bad("query signature", detail))
}

fn bad(place: &str, detail: &str) -> Problem {
    let title = "The signature is not right";
    Problem::new(axum::http::StatusCode::UNPROCESSABLE_ENTITY, "bad-signature", title)
        .at(place)
        .detail(detail)
        .mend(
            "sign the file again with `minisign -Sm FILE`, or remove the signature from the stick",
        )
}
