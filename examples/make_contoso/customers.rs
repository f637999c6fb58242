//! The customers of Example MSP: invented names in every shape that matching has to cope with.

use super::random::guid;
use super::usual::Profile;

/// How the mapping file treats a customer.
#[derive(Clone, Copy)]
pub(crate) enum Mapped {
    /// Linked to the contact of this name in Xero.
    To(&'static str),
    /// Linked, with a price rule of its own.
    Priced(&'static str, &'static str),
    /// No entry, although Xero has a contact of this name.
    Missing(&'static str),
    /// Never billed.
    Ignored,
}

/// One tenant.
pub(crate) struct Customer {
    /// The name at Dicker Data.
    pub(crate) name: &'static str,
    pub(crate) mapped: Mapped,
    pub(crate) profile: Profile,
    /// People who need a licence; the usual products follow from it.
    pub(crate) people: i64,
    /// Day of the month on which its cycles begin.
    pub(crate) cycle_day: i8,
}

impl Customer {
    const fn new(name: &'static str, mapped: Mapped, profile: Profile, people: i64, cycle_day: i8) -> Self {
        Self { name, mapped, profile, people, cycle_day }
    }

    /// The tenant's GUID. The two Alpine Ski Houses share their first six digits on purpose.
    pub(crate) fn tenant_id(&self) -> String {
        match self.name {
            ALPINE_AU => "5ca1ab1e-0b5e-4c9d-8a3f-2f6d1c7e9b40".to_owned(),
            ALPINE_NZ => "5ca1ab77-4d2c-4e1b-9f60-83b5a9d0c126".to_owned(),
            name => guid(&format!("tenant {name}")),
        }
    }

    /// The contact in Xero, if there is one.
    pub(crate) fn contact(&self) -> Option<&'static str> {
        match self.mapped {
            Mapped::To(contact) | Mapped::Priced(contact, _) | Mapped::Missing(contact) => Some(contact),
            Mapped::Ignored => None,
        }
    }
}

pub(crate) const CONTOSO: &str = "Contoso Pty Ltd";
pub(crate) const FABRIKAM: &str = "Fabrikam Holdings Limited";
pub(crate) const NORTHWIND: &str = "Northwind Traders Pty Ltd T/A Northwind Pantry";
pub(crate) const ADVENTURE_WORKS: &str = "Adventure Works Cycles (NZ) Limited";
pub(crate) const TAILSPIN: &str = "Tailspin Toys Group Pty Ltd";
pub(crate) const WINGTIP: &str = "Wingtip & Partners";
pub(crate) const KOTARE: &str = "Kōtare Fabrikam Limited";
pub(crate) const PHONE_COMPANY: &str = "The Phone Company";
pub(crate) const LUCERNE: &str = "Lucerne Community Trust";
pub(crate) const TREY: &str = "Trey Research Sydney";
pub(crate) const WIDE_WORLD: &str = "WIDE WORLD IMPORTERS PTY. LTD.";
pub(crate) const WOODGROVE: &str = "Woodgrove Bank Limited";
pub(crate) const LITWARE: &str = "Litware Inc";
pub(crate) const MARGIES: &str = "Margie's Travel Pty Ltd";
pub(crate) const HUMONGOUS: &str = "Humongous Insurance Pty Ltd";
pub(crate) const ALPINE_AU: &str = "Alpine Ski House Pty Ltd";
pub(crate) const ALPINE_NZ: &str = "Alpine Ski House (NZ) Limited";
pub(crate) const FOURTH_COFFEE: &str = "Fourth Coffee Pty Ltd";
pub(crate) const FOURTH_ROASTERY: &str = "Fourth Coffee Roastery Pty Ltd";
pub(crate) const BELLOWS: &str = "Bellows College";
pub(crate) const MUNSONS: &str = "Munson's Pickles and Preserves Farm";
pub(crate) const VANARSDEL: &str = "VanArsdel, Ltd.";
pub(crate) const RELECLOUD: &str = "Relecloud Pty Ltd";
pub(crate) const BEST_FOR_YOU: &str = "Best For You Organics Company";
pub(crate) const MESSENGER: &str = "Consolidated Messenger Pty Limited";
pub(crate) const LAMNA: &str = "Lamna Healthcare Company";
pub(crate) const FIRST_UP: &str = "First Up Consultants";
pub(crate) const NOD: &str = "Nod Publishers";
pub(crate) const SOUTHRIDGE: &str = "Southridge Video";
pub(crate) const CITY_POWER: &str = "City Power & Light";
pub(crate) const COHO_WINERY: &str = "Coho Winery";
pub(crate) const COHO_VINEYARD: &str = "Coho Vineyard";
pub(crate) const BLUE_YONDER: &str = "Blue Yonder Airlines";
pub(crate) const GRAPHIC_DESIGN: &str = "Graphic Design Institute";
pub(crate) const BOULDER: &str = "Boulder Innovations Pty Ltd";
pub(crate) const PROSEWARE: &str = r#"="Proseware", Retail & Co"#;
pub(crate) const ZORBLATT: &str = "Zorblatt Quennith Vondrake and Pellimore Associates, Brindlewick, Thaxter, Ormesby, Kestling, Fennimore, Wexcombe, \
    Larkspur, Dunmorrow, Haverling, Quibbleton, Mossgrave, Tinderholt, Ravensmoor, Ellingstead, Farrowby, Copperfold, Withermere, Stonebrook, \
    Ambleforth, Yarrowdene Ashwick Holdings Pty Ltd";
pub(crate) const BAKERY: &str = "Liberty's Delightful Sinful Bakery & Cafe";
pub(crate) const QUILLMARK: &str = "Quillmark Pty Ltd";
pub(crate) const EXAMPLE_MSP: &str = "Example MSP Pty Ltd";

/// A name on the invoice report that neither the annuity list nor the mapping knows.
pub(crate) const TREYFORD: &str = "Treyford Widgets Pty Ltd";

use Mapped::{Ignored, Missing, Priced, To};
use Profile::{Classic, Enterprise, Office, OnlyCases, Small, Studio};

/// Every tenant of the annuity list.
pub(crate) static CUSTOMERS: [Customer; 40] = [
    Customer::new(CONTOSO, To("Contoso"), Office, 48, 1),
    Customer::new(FABRIKAM, To("Fabrikam Holdings Ltd"), Enterprise, 64, 1),
    Customer::new(NORTHWIND, To("Northwind Traders"), Small, 26, 1),
    Customer::new(ADVENTURE_WORKS, To("Adventure Works Cycles NZ"), Office, 35, 1),
    Customer::new(TAILSPIN, To("Tailspin Toys Group"), Studio, 31, 31),
    Customer::new(WINGTIP, To("Wingtip and Partners"), Office, 22, 1),
    Customer::new(KOTARE, To("Kotare Fabrikam Ltd"), Studio, 18, 15),
    Customer::new(PHONE_COMPANY, To("Phone Company, The"), Classic, 40, 1),
    Customer::new(LUCERNE, To("The Lucerne Community Trust"), OnlyCases, 0, 1),
    Customer::new(TREY, To("Sydney Trey Research"), Enterprise, 55, 1),
    Customer::new(WIDE_WORLD, To("Wide World Importers Pty Ltd"), Classic, 72, 1),
    Customer::new(WOODGROVE, To("Woodgrove Bank"), Enterprise, 90, 1),
    Customer::new(LITWARE, To("Litware, Inc."), Studio, 24, 1),
    Customer::new(MARGIES, To("Margies Travel"), Small, 14, 22),
    Customer::new(HUMONGOUS, To("Humongous Insurance"), OnlyCases, 0, 1),
    Customer::new(ALPINE_AU, To("Alpine Ski House"), Office, 27, 1),
    Customer::new(ALPINE_NZ, To("Alpine Ski House NZ Ltd"), Small, 12, 1),
    Customer::new(FOURTH_COFFEE, To("Fourth Coffee"), Small, 19, 1),
    Customer::new(FOURTH_ROASTERY, To("Fourth Coffee"), Studio, 9, 1),
    Customer::new(BELLOWS, To("Bellows College"), OnlyCases, 0, 1),
    Customer::new(MUNSONS, To("Munsons Pickles & Preserves Farm"), Small, 16, 1),
    Customer::new(VANARSDEL, To("VanArsdel Ltd"), Office, 33, 15),
    Customer::new(RELECLOUD, To("Relecloud"), Enterprise, 38, 1),
    Customer::new(BEST_FOR_YOU, To("Best For You Organics Co"), Small, 21, 1),
    Customer::new(MESSENGER, To("Consolidated Messenger Pty Ltd"), Classic, 44, 1),
    Customer::new(LAMNA, To("Lamna Healthcare Company"), Office, 58, 1),
    Customer::new(FIRST_UP, To("First Up Consultants"), Studio, 15, 1),
    Customer::new(NOD, To("Nod Publishers"), Small, 11, 22),
    Customer::new(SOUTHRIDGE, To("Southridge Video"), Studio, 20, 1),
    Customer::new(CITY_POWER, To("City Power and Light"), Office, 46, 1),
    Customer::new(COHO_WINERY, To("Coho Winery"), Small, 13, 1),
    Customer::new(COHO_VINEYARD, To("Coho Vineyard"), Small, 8, 1),
    Customer::new(BLUE_YONDER, To("Blue Yonder Airlines"), Classic, 37, 1),
    Customer::new(GRAPHIC_DESIGN, Priced("Graphic Design Institute", "rrp-2.5%"), Studio, 29, 1),
    Customer::new(BOULDER, Missing("Boulder Innovations"), Small, 10, 1),
    Customer::new(PROSEWARE, To(PROSEWARE), Studio, 12, 1),
    Customer::new(ZORBLATT, To("Zorblatt Quennith"), Office, 25, 1),
    Customer::new(BAKERY, To("Liberty's Bakery and Cafe"), Small, 17, 1),
    Customer::new(QUILLMARK, To("Quillmark"), Small, 12, 1),
    Customer::new(EXAMPLE_MSP, Ignored, Office, 16, 1),
];
