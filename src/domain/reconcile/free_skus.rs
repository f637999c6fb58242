//! SKUs that tenants have without buying them: not worth a word unless they are charged
//! (`contracts/microsoft.md` 8). Paid ones that look alike, such as Communications Credits, are not here.

use uuid::{Uuid, uuid};

use crate::domain::ids::SkuId;

const PART_NUMBERS: [&str; 16] = [
    "FLOW_FREE",
    "POWER_BI_STANDARD",
    "POWERAPPS_DEV",
    "POWERAPPS_VIRAL",
    "CCIBOTS_PRIVPREV_VIRAL",
    "TEAMS_EXPLORATORY",
    "TEAMS_FREE",
    "STREAM",
    "WINDOWS_STORE",
    "RIGHTSMANAGEMENT_ADHOC",
    "MICROSOFT_BUSINESS_CENTER",
    "PHONESYSTEM_VIRTUALUSER",
    "FORMS_PRO",
    "DYN365_ENTERPRISE_VIRTUAL_AGENT_VIRAL",
    "MICROSOFT_REMOTE_ASSIST_ATTACH",
    "CPC_SS_VIRAL",
];

/// The same by id, for sources that rename part numbers.
const IDS: [Uuid; 11] = [
    uuid!("f30db892-07e9-47e9-837c-80727f46fd3d"),
    uuid!("a403ebcc-fae0-4ca2-8c8c-7a907fd6c235"),
    uuid!("1f2f344a-700d-42c9-9427-5cea1d5d7ba6"),
    uuid!("6470687e-a428-4b7a-bef2-8a291ad947c9"),
    uuid!("8c4ce438-32a7-4ac5-91a6-e22ae08d9c8b"),
    uuid!("710779e8-3d4a-4c88-adb9-386c958d1fdf"),
    uuid!("87bbbc60-4754-4998-8c88-227dca264858"),
    uuid!("5b631642-bd26-49fe-bd20-1daaa972ef80"),
    uuid!("606b54a9-78d8-4298-ad8b-df6ef4481c80"),
    uuid!("90d8b3f8-712e-4f7b-aa1e-62e7ae6cbe96"),
    uuid!("8f0c5670-4e56-4892-b06d-91c085d7004f"),
];

/// True for a SKU that tenants have without buying it.
#[must_use]
pub(crate) fn is_free(sku_id: SkuId, part_number: &str) -> bool {
    PART_NUMBERS.contains(&part_number) || IDS.contains(&sku_id.0)
}
