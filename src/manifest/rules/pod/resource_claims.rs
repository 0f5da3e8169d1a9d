//! Rules on `spec.resourceClaims`.

use collections::Map as BTreeMap;

use k8s_openapi::api::core::v1::PodResourceClaim;

use crate::api::Path;
use crate::manifest::rules::errors::{Errors, Shown};
use crate::manifest::rules::{go, names};

/// `pod/resource-claims`: each entry has a name of its own and exactly one source with a good name.
///
/// Bad:
/// ```yaml
/// spec: {resourceClaims: [{name: gpu}]}
/// ```
/// Good:
/// ```yaml
/// spec: {resourceClaims: [{name: gpu, resourceClaimTemplateName: gpu-template}]}
/// ```
pub fn validate(claims: &[PodResourceClaim], path: &Path<'_>, errors: &mut Errors) {
    const CODE: &str = "pod/resource-claims";
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, claim) in claims.iter().enumerate() {
        let at = path.index(i);
        let name = claim.name.as_str();
        if name.is_empty() {
            errors.required(CODE, &at.field("name"), "");
        } else if let Some(&first) = seen.get(name) {
            errors.duplicate(CODE, &at.field("name"), name);
            errors.related(&path.index(first).field("name"));
        } else {
            errors.invalid_each(CODE, &at.field("name"), name, names::dns1123_label(name));
            seen.insert(name, i);
        }
        let fault = match (&claim.resource_claim_name, &claim.resource_claim_template_name) {
            (Some(_), Some(_)) => {
                Some("at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified")
            }
            (None, None) => Some("must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"),
            _ => None,
        };
        if let Some(fault) = fault {
            let shown = go::Struct::new()
                .string("Name", name)
                .optional_string("ResourceClaimName", &claim.resource_claim_name)
                .optional_string("ResourceClaimTemplateName", &claim.resource_claim_template_name)
                .finish();
            errors.invalid(CODE, &at, Shown::Json(&shown), fault);
        }
        let sources = [
            ("resourceClaimName", &claim.resource_claim_name),
            ("resourceClaimTemplateName", &claim.resource_claim_template_name),
        ];
        for (field, source) in sources {
            if let Some(source) = source {
                errors.invalid_each(CODE, &at.field(field), source, names::dns1123_subdomain(source));
            }
        }
    }
}
