//! The object stores of a session: those that a program registers, and S3 as the environment describes it.

use std::sync::Arc;

use datafusion::error::Result as DataFusionResult;
use datafusion::execution::object_store::{DefaultObjectStoreRegistry, ObjectStoreRegistry};
use datafusion::object_store::ObjectStore;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::{ClientConfigKey, RetryConfig};
use url::Url;

use crate::error::{Result, SourceError};

/// How long a request may take: a body is read no faster than its rows are masked.
const TIMEOUT: &str = "300s";

/// How long a request is tried again, counted from its start.
const RETRIES: std::time::Duration = std::time::Duration::from_mins(30);

/// Finds object stores by URL; opens a bucket of `s3://` when a statement first names it.
#[derive(Debug, Default)]
pub struct ObjectStores {
    known: DefaultObjectStoreRegistry,
}

impl ObjectStoreRegistry for ObjectStores {
    fn register_store(&self, url: &Url, store: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        self.known.register_store(url, store)
    }

    fn deregister_store(&self, url: &Url) -> DataFusionResult<Arc<dyn ObjectStore>> {
        self.known.deregister_store(url)
    }

    fn get_store(&self, url: &Url) -> DataFusionResult<Arc<dyn ObjectStore>> {
        if let Ok(store) = self.known.get_store(url) {
            return Ok(store);
        }
        match url.scheme() {
            "s3" => {
                let store: Arc<dyn ObjectStore> = Arc::new(bucket(url)?);
                self.known.register_store(url, Arc::clone(&store));
                Ok(store)
            }
            "s3a" => {
                let mut named = url.clone();
                // The two names are of one kind, so one can take the other's place.
                let _ = named.set_scheme("s3");
                self.get_store(&named)
            }
            scheme => Err(SourceError::Location(format!(
                "{scheme}://: there is no object store for such URLs; s3:// is built in, and a program can register others"
            ))
            .into()),
        }
    }
}

/// Opens a bucket with what the environment says.
fn bucket(url: &Url) -> Result<AmazonS3> {
    let name = url.host_str().unwrap_or_default();
    if name.is_empty() {
        return Err(SourceError::Location("an s3:// URL names its bucket: s3://bucket/key".to_owned()));
    }
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(name);
    check(name, |key| builder.get_config_value(&key))?;
    // The builder has a value for it in any case, so only the variable tells.
    if std::env::var_os("AWS_TIMEOUT").is_none() {
        builder = builder.with_config(AmazonS3ConfigKey::Client(ClientConfigKey::Timeout), TIMEOUT);
    }
    let retry = RetryConfig { retry_timeout: RETRIES, ..RetryConfig::default() };
    let built = builder.with_retry(retry).build();
    built.map_err(|error| SourceError::Location(format!("s3://{name}: an AWS_ variable is not valid: {error}")))
}

/// Refuses what would fail later and less clearly, or wait for a machine of Amazon's that is not there.
fn check(bucket: &str, value: impl Fn(AmazonS3ConfigKey) -> Option<String>) -> Result<()> {
    use AmazonS3ConfigKey as Key;

    let has = |key| value(key).is_some_and(|value| !value.is_empty());
    let is_true = |key| value(key).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let problem = match (has(Key::AccessKeyId), has(Key::SecretAccessKey)) {
        (true, true) => None,
        (true, false) => Some("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not"),
        (false, true) => Some("AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not"),
        (false, false) => {
            let is_given = is_true(Key::SkipSignature)
                || has(Key::WebIdentityTokenFile) && has(Key::RoleArn)
                || has(Key::ContainerCredentialsRelativeUri)
                || has(Key::ContainerCredentialsFullUri) && has(Key::ContainerAuthorizationTokenFile)
                || has(Key::MetadataEndpoint);
            (!is_given).then_some(
                "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for temporary \
                 ones); AWS_SKIP_SIGNATURE=true reads a public bucket, AWS_METADATA_ENDPOINT asks the machine's role",
            )
        }
    };
    let endpoint = value(Key::S3Endpoint).or_else(|| value(Key::Endpoint)).unwrap_or_default();
    let is_plain = endpoint.starts_with("http://") && !is_true(Key::Client(ClientConfigKey::AllowHttp));
    let problem = problem
        .or(is_plain.then_some("the endpoint is http:// without encryption; set AWS_ALLOW_HTTP=true if that is meant"));
    match problem {
        Some(problem) => Err(SourceError::Location(format!("s3://{bucket}: {problem}"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn checked(values: &[(&str, &str)]) -> Result<(), String> {
        let values: HashMap<_, _> =
            values.iter().map(|(key, value)| (key.parse::<AmazonS3ConfigKey>().unwrap(), *value)).collect();
        check("b", |key| values.get(&key).map(|value| (*value).to_owned())).map_err(|error| error.to_string())
    }

    #[test]
    fn missing_credentials_are_told_by_the_names_of_their_variables() {
        let (id, secret) = (("aws_access_key_id", "id"), ("aws_secret_access_key", "hunter2"));
        assert_eq!(checked(&[id, secret]), Ok(()));
        for values in [&[][..], &[id], &[secret], &[id, ("aws_secret_access_key", "")]] {
            let message = checked(values).unwrap_err();
            assert!(message.contains("AWS_SECRET_ACCESS_KEY") && !message.contains("hunter2"), "{message}");
        }
        assert_eq!(checked(&[("aws_skip_signature", "true")]), Ok(()));
        assert_eq!(checked(&[("aws_metadata_endpoint", "http://169.254.169.254")]), Ok(()));
        assert!(checked(&[("aws_role_arn", "r")]).is_err(), "a role alone proves nothing");
    }

    #[test]
    fn plain_http_is_asked_for() {
        let keys = [("aws_access_key_id", "id"), ("aws_secret_access_key", "s"), ("aws_endpoint", "http://h:1")];
        assert!(checked(&keys).unwrap_err().contains("AWS_ALLOW_HTTP"));
        assert_eq!(checked(&[&keys[..], &[("aws_allow_http", "true")]].concat()), Ok(()));
    }

    #[test]
    fn other_kinds_of_stores_are_named_as_missing() {
        for url in ["gs://b/k", "az://b/k", "https://host/k"] {
            let message = ObjectStores::default().get_store(&Url::parse(url).unwrap()).unwrap_err().to_string();
            assert!(message.contains("s3:// is built in"), "{message}");
        }
    }

    #[test]
    fn a_registered_store_serves_its_urls() {
        let (stores, url) = (ObjectStores::default(), Url::parse("s3://b").unwrap());
        let store: Arc<dyn ObjectStore> = Arc::new(object_store::memory::InMemory::new());
        stores.register_store(&url, Arc::clone(&store));
        for url in ["s3://b/x/y", "s3a://b/x"] {
            assert!(Arc::ptr_eq(&stores.get_store(&Url::parse(url).unwrap()).unwrap(), &store), "{url}");
        }
    }
}
