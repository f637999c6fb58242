//! What Example MSP sells: a table of products, and what each costs under each plan.
//!
//! Prices are of the order of Microsoft's Australian list, excluding GST, and no price list. Product
//! ids follow Microsoft's form; SKU ids are Microsoft's published ones, left out where unknown.

use rust_decimal::Decimal;

/// Who may buy a product, as the description of a stock item says it.
#[derive(Clone, Copy)]
pub(crate) enum Segment {
    Commercial,
    Education,
    Charity,
}

/// How a mapping file treats a product.
#[derive(Clone, Copy)]
pub(crate) enum Price {
    /// An entry without a price: the default rule applies.
    Default,
    /// An entry with this rule.
    Rule(&'static str),
    /// No entry at all.
    Unmapped,
}

/// A product as Dicker Data and Microsoft know it.
pub(crate) struct Product {
    pub(crate) offer: &'static str,
    pub(crate) name: &'static str,
    pub(crate) segment: Segment,
    /// Microsoft's `skuId` and part number; empty where the seats of a product are not compared.
    pub(crate) sku: (&'static str, &'static str),
    /// Recommended price of a year paid up front, in cents.
    pub(crate) year_rrp_cents: i64,
    pub(crate) price: Price,
}

impl Product {
    const fn new(offer: &'static str, name: &'static str, sku: (&'static str, &'static str), year_rrp_cents: i64) -> Self {
        Self { offer, name, segment: Segment::Commercial, sku, year_rrp_cents, price: Price::Default }
    }

    const fn priced(mut self, price: Price) -> Self {
        self.price = price;
        self
    }

    const fn for_segment(mut self, segment: Segment) -> Self {
        self.segment = segment;
        self
    }
}

/// Commitment and billing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Month to month.
    Monthly,
    /// A year, paid every month.
    YearMonthly,
    /// A year, paid up front.
    YearUpFront,
    /// Three years, paid every month.
    ThreeYearsMonthly,
    /// Three years, paid every year.
    ThreeYearsYearly,
    /// Azure: no commitment.
    Usage,
}

impl Plan {
    pub(crate) fn term(self) -> &'static str {
        match self {
            Self::Monthly => "P1M",
            Self::YearMonthly | Self::YearUpFront => "P1Y",
            Self::ThreeYearsMonthly | Self::ThreeYearsYearly => "P3Y",
            Self::Usage => "",
        }
    }

    pub(crate) fn term_months(self) -> i64 {
        match self {
            Self::Monthly | Self::Usage => 1,
            Self::YearMonthly | Self::YearUpFront => 12,
            Self::ThreeYearsMonthly | Self::ThreeYearsYearly => 36,
        }
    }

    pub(crate) fn is_yearly(self) -> bool {
        matches!(self, Self::YearUpFront | Self::ThreeYearsYearly)
    }

    /// Recommended price of a whole term: month to month costs 20 % more, a year paid monthly 5 %.
    pub(crate) fn term_rrp(self, product: &Product) -> Decimal {
        let cents = match self {
            Self::Monthly | Self::Usage => product.year_rrp_cents / 10,
            Self::YearMonthly => product.year_rrp_cents * 105 / 100,
            Self::YearUpFront => product.year_rrp_cents,
            Self::ThreeYearsMonthly | Self::ThreeYearsYearly => product.year_rrp_cents * 3,
        };
        Decimal::new(cents, 2)
    }

    /// Cost of a whole term: 18 % below the recommended price, and divisible by 36 to four decimals,
    /// as the distributor's own prices are.
    pub(crate) fn term_cost(self, product: &Product) -> Decimal {
        let cents = (self.term_rrp(product) * Decimal::from(82)).trunc() / Decimal::from(9);
        cents.trunc() * Decimal::new(9, 2)
    }
}

pub(crate) static BASIC: Product =
    Product::new("CFQ7TTC0LH18:0001", "Microsoft 365 Business Basic", ("3b555118-da6a-4418-894f-7df1e2096870", "O365_BUSINESS_ESSENTIALS"), 10_800);
pub(crate) static STANDARD: Product =
    Product::new("CFQ7TTC0LDPB:0001", "Microsoft 365 Business Standard", ("f245ecc8-75af-4f8e-b61f-27d8114de5f3", "O365_BUSINESS_PREMIUM"), 22_440);
pub(crate) static PREMIUM: Product =
    Product::new("CFQ7TTC0LCHC:0002", "Microsoft 365 Business Premium", ("cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", "SPB"), 39_480);
pub(crate) static DEFENDER_SUITE: Product = Product::new("CFQ7TTC0LCHC:001J", "Microsoft Defender Suite for Business Premium", ("", ""), 18_000);
pub(crate) static APPS: Product =
    Product::new("CFQ7TTC0LH1G:0001", "Microsoft 365 Apps for business", ("cdd28e44-67e3-425e-be4c-737fab2899d3", "O365_BUSINESS"), 14_760);
pub(crate) static M365_E3: Product = Product::new("CFQ7TTC0LFLX:0001", "Microsoft 365 E3", ("05e9a617-0261-4cee-bb44-138d3ef5d965", "SPE_E3"), 70_800);
pub(crate) static M365_E5: Product = Product::new("CFQ7TTC0LFLZ:0002", "Microsoft 365 E5", ("06ebc4ee-1bb5-47dd-8120-11324bc54e06", "SPE_E5"), 111_240);
pub(crate) static OFFICE_E1: Product = Product::new("CFQ7TTC0LF8Q:0001", "Office 365 E1", ("18181a46-0d4e-45cd-891e-60aabd171b4e", "STANDARDPACK"), 18_000);
pub(crate) static OFFICE_E3: Product = Product::new("CFQ7TTC0LF8R:0001", "Office 365 E3", ("6fd2c87f-b296-42f0-b197-1e91e994b900", "ENTERPRISEPACK"), 43_320);
pub(crate) static EXCHANGE_1: Product =
    Product::new("CFQ7TTC0LH16:0001", "Exchange Online (Plan 1)", ("4b9405b0-7788-4568-add1-99614e613b69", "EXCHANGESTANDARD"), 7_200);
pub(crate) static EXCHANGE_2: Product =
    Product::new("CFQ7TTC0LH1P:0001", "Exchange Online (Plan 2)", ("19ec0d23-8335-4cbd-94ac-6050e30712fa", "EXCHANGEENTERPRISE"), 14_400);
pub(crate) static EXCHANGE_KIOSK: Product =
    Product::new("CFQ7TTC0LH0L:0001", "Exchange Online Kiosk", ("80b2d799-d2ba-4d2a-8842-fb0d0f3a4b82", "EXCHANGEDESKLESS"), 3_600);
pub(crate) static ENTRA_1: Product =
    Product::new("CFQ7TTC0LFLS:0002", "Microsoft Entra ID P1", ("078d2b04-f1bd-4111-bbd4-b4b1b354cef4", "AAD_PREMIUM"), 10_800);
pub(crate) static ENTRA_2: Product =
    Product::new("CFQ7TTC0LFK5:0001", "Microsoft Entra ID P2", ("84a661c4-e949-4bd2-a560-ed7766fcaf2b", "AAD_PREMIUM_P2"), 16_200);
pub(crate) static INTUNE: Product = Product::new("CFQ7TTC0LCH4:0001", "Microsoft Intune Plan 1", ("061f9ace-7d42-4136-88ac-31dc755f143f", "INTUNE_A"), 14_400);
pub(crate) static DEFENDER: Product =
    Product::new("CFQ7TTC0LH04:0001", "Microsoft Defender for Office 365 (Plan 1)", ("4ef96642-f096-40de-a3e9-d83fb2f90211", "ATP_ENTERPRISE"), 3_600);
pub(crate) static VISIO_1: Product = Product::new("CFQ7TTC0HD33:0002", "Visio Plan 1", ("4b244418-9658-4451-a2b8-b5e2b364e9bd", "VISIOONLINE_PLAN1"), 9_000);
pub(crate) static VISIO_2: Product = Product::new("CFQ7TTC0HD32:0002", "Visio Plan 2", ("c5928f49-12ba-48f7-ada3-0d743a3601d5", "VISIOCLIENT"), 27_000);
pub(crate) static PLANNER_1: Product = Product::new("CFQ7TTC0HDB1:0002", "Planner Plan 1", ("beb6439c-caad-48d3-bf46-0c82871e12be", "PROJECT_P1"), 18_000);
pub(crate) static PROJECT_3: Product =
    Product::new("CFQ7TTC0HDB0:0002", "Planner and Project Plan 3", ("53818b1b-4a27-454b-8896-0dba576410e6", "PROJECTPROFESSIONAL"), 54_000);
pub(crate) static TEAMS_PHONE: Product =
    Product::new("CFQ7TTC0LHTV:0001", "Microsoft Teams Phone Standard", ("e43b5b99-8dfb-405f-9987-dc307f34bcbd", "MCOEV"), 18_000);
pub(crate) static PHONE_RESOURCE: Product =
    Product::new("CFQ7TTC0LHTW:0001", "Microsoft Teams Phone Resource Account", ("440eaaa8-b3e0-484b-a8be-62870b9ba70a", "PHONESYSTEM_VIRTUALUSER"), 0);
pub(crate) static POWER_BI: Product = Product::new("CFQ7TTC0LHSF:0001", "Power BI Pro", ("f8a1db68-be16-40ed-86d5-cb42ce701560", "POWER_BI_PRO"), 25_200);
pub(crate) static COPILOT: Product =
    Product::new("CFQ7TTC0MM8R:0002", "Microsoft 365 Copilot", ("639dec6b-bb19-468b-871c-c5c441c4b0cb", "Microsoft_365_Copilot"), 53_880)
        .priced(Price::Rule("cost+12%"));
pub(crate) static COPILOT_TRIAL: Product = Product::new("CFQ7TTC0MM8R:0009", "Microsoft 365 Copilot Trial", ("", ""), 0);
pub(crate) static WINDOWS_365: Product =
    Product::new("CFQ7TTC0HHS9:0006", "Windows 365 Business 2 vCPU, 4 GB, 128 GB", ("", ""), 56_880).priced(Price::Rule("rrp-2.5%"));
pub(crate) static POWER_APPS: Product =
    Product::new("CFQ7TTC0LH2H:0001", "Power Apps Premium", ("b30411f5-fea1-4a59-9ad9-3db7c7ead579", "POWERAPPS_PER_USER"), 36_000);
pub(crate) static TEAMS_ROOMS: Product = Product::new("CFQ7TTC0QW7C:0001", "Microsoft Teams Rooms Pro", ("", ""), 72_000).priced(Price::Unmapped);
pub(crate) static BASIC_CHARITY: Product =
    Product::new("CFQ7TTC0LH18:000L", "Microsoft 365 Business Basic Donation", ("3b555118-da6a-4418-894f-7df1e2096870", "O365_BUSINESS_ESSENTIALS"), 0)
        .for_segment(Segment::Charity);
pub(crate) static PREMIUM_CHARITY: Product =
    Product::new("CFQ7TTC0LCHC:000W", "Microsoft 365 Business Premium (Non-Profit)", ("cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", "SPB"), 9_960)
        .for_segment(Segment::Charity)
        .priced(Price::Rule("11.00"));
pub(crate) static A3_FACULTY: Product =
    Product::new("CFQ7TTC0LH19:000E", "Microsoft 365 A3 (Education)", ("4b590615-0888-425a-a965-b3bf7789848d", "M365EDU_A3_FACULTY"), 9_000)
        .for_segment(Segment::Education)
        .priced(Price::Rule("9.50"));
pub(crate) static AZURE: Product = Product::new("DZH318Z0BPS6:0001", "Microsoft Azure Plan", ("", ""), 0).priced(Price::Rule("cost+15%"));

/// Every product, for the mapping file.
pub(crate) static PRODUCTS: [&Product; 32] = [
    &BASIC,
    &STANDARD,
    &PREMIUM,
    &DEFENDER_SUITE,
    &APPS,
    &M365_E3,
    &M365_E5,
    &OFFICE_E1,
    &OFFICE_E3,
    &EXCHANGE_1,
    &EXCHANGE_2,
    &EXCHANGE_KIOSK,
    &ENTRA_1,
    &ENTRA_2,
    &INTUNE,
    &DEFENDER,
    &VISIO_1,
    &VISIO_2,
    &PLANNER_1,
    &PROJECT_3,
    &TEAMS_PHONE,
    &PHONE_RESOURCE,
    &POWER_BI,
    &COPILOT,
    &COPILOT_TRIAL,
    &WINDOWS_365,
    &POWER_APPS,
    &TEAMS_ROOMS,
    &BASIC_CHARITY,
    &PREMIUM_CHARITY,
    &A3_FACULTY,
    &AZURE,
];
