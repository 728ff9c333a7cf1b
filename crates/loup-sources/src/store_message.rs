//! What messages say of an object store's error: never a header, a body or an address, which can hold credentials.

use std::error::Error;
use std::io;

use object_store::client::{HttpError, HttpErrorKind};

/// Returns what went wrong in an object store.
pub fn store_message(error: &object_store::Error) -> String {
    let problem = problem(error);
    let path = match error {
        object_store::Error::NotFound { path, .. }
        | object_store::Error::AlreadyExists { path, .. }
        | object_store::Error::Precondition { path, .. }
        | object_store::Error::PermissionDenied { path, .. }
        | object_store::Error::Unauthenticated { path, .. } => path.as_str(),
        _ => "",
    };
    if path.is_empty() || problem.contains(path) { problem } else { format!("{path}: {problem}") }
}

/// Finds an object store's error among the causes of another.
pub fn store_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a object_store::Error> {
    cause(error)
}

/// Returns what went wrong, without the object's name where it is in a store of another machine.
pub(crate) fn problem(error: &object_store::Error) -> String {
    if let Some(http) = cause::<HttpError>(error) {
        let problem = match http.kind() {
            HttpErrorKind::Connect => "the store cannot be reached",
            HttpErrorKind::Timeout => "the store did not answer in time",
            HttpErrorKind::Request | HttpErrorKind::Interrupted => "the connection to the store broke",
            _ => "the connection to the store failed; is its endpoint right?",
        };
        return problem.to_owned();
    }
    let text = error.to_string();
    let (status, code) = (status(&text), code(&text));
    if status.is_some() || code.is_some() {
        return answer(status.unwrap_or_default(), code.unwrap_or_default());
    }
    // A file of this machine: the message holds its path and what the system said.
    if cause::<io::Error>(error).is_some() {
        return text;
    }
    match error {
        object_store::Error::NotFound { .. } => "there is no such object".to_owned(),
        object_store::Error::NotSupported { .. } | object_store::Error::NotImplemented { .. } => {
            "the store does not support what is asked of it".to_owned()
        }
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
            "the store denies access".to_owned()
        }
        _ => "the store failed; its message is withheld, since it could hold credentials".to_owned(),
    }
}

/// Says what a status or an S3 error code means.
fn answer(status: &str, code: &str) -> String {
    match (status, code) {
        (_, "NoSuchBucket") => "the bucket does not exist".to_owned(),
        (_, "NoSuchKey") | ("404", "") => "there is no such object".to_owned(),
        (_, "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken" | "ExpiredToken")
        | ("401", _)
        | ("403", "") => {
            let code = if code.is_empty() { format!("status {status}") } else { code.to_owned() };
            format!(
                "the store does not accept the credentials ({code}); it was given those of AWS_ACCESS_KEY_ID, \
                 AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
            )
        }
        (_, "AccessDenied") => "the store denies access (AccessDenied)".to_owned(),
        ("301" | "307", _) | (_, "PermanentRedirect" | "AuthorizationHeaderMalformed") => {
            "the store asks for another address; is AWS_REGION the bucket's region?".to_owned()
        }
        (status, "") => format!("the store answered with status {status}"),
        (_, code) => format!("the store answered {code}"),
    }
}

/// Returns the status of an HTTP answer that a message quotes.
fn status(text: &str) -> Option<&str> {
    let found = text.split_once("status code: ")?.1;
    found.get(..3).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Returns the S3 error code of an answer that a message quotes.
fn code(text: &str) -> Option<&str> {
    let (code, _) = text.split_once("<Code>")?.1.split_once("</Code>")?;
    let is_plain = code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    Some(code).filter(|_| is_plain)
}

fn cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        // An `io::Error` gives the cause of what it wraps, and not that itself.
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use datafusion::error::DataFusionError;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Text(&'static str);

    fn generic(text: &'static str) -> object_store::Error {
        object_store::Error::Generic { store: "S3", source: Box::new(Text(text)) }
    }

    #[test]
    fn an_answer_is_told_by_its_code_and_never_quoted() {
        let text = "Error performing GET http://host/b/k?X-Amz-Signature=HUNTER2 in 3ms - Server returned non-2xx status \
                    code: 403 Forbidden: <Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>HUNTER2</AWSAccessKeyId>";
        let source = Box::new(Text(text));
        for error in [generic(text), object_store::Error::PermissionDenied { path: "in/a.csv".to_owned(), source }] {
            let message = store_message(&error);
            assert!(
                message.contains("SignatureDoesNotMatch") && message.contains("AWS_SECRET_ACCESS_KEY"),
                "{message}"
            );
            assert!(!message.contains("HUNTER2"), "{message}");
        }
        for (text, expected) in [
            ("status code: 404 Not Found: <Code>NoSuchBucket</Code>", "bucket does not exist"),
            ("status code: 503 Slow: <Code>SlowDown</Code>", "SlowDown"),
            ("status code: 500 Oh: <Code>HUNTER2 & more</Code>", "status 500"),
            ("something else with HUNTER2", "withheld"),
        ] {
            let message = store_message(&generic(text));
            assert!(message.contains(expected) && !message.contains("HUNTER2"), "{message}");
        }
    }

    #[test]
    fn what_a_local_file_system_says_stays() {
        let source = Box::new(io::Error::from(io::ErrorKind::PermissionDenied));
        let message = store_message(&object_store::Error::Generic { store: "LocalFileSystem", source });
        assert!(message.contains("permission denied"), "{message}");
    }

    #[test]
    fn a_store_error_is_found_behind_others() {
        let wrapped = io::Error::other(DataFusionError::from(generic("status code: 404")).context("HUNTER2"));
        let wrapped = DataFusionError::from(wrapped);
        assert_eq!(store_message(store_error(&wrapped).unwrap()), "there is no such object");
        assert!(store_error(&DataFusionError::Internal("x".to_owned())).is_none());
    }
}
