//! The names of time zones, for the `timeZone` of a CronJob.

/// Regions and their places, as the IANA data base has them. The last character of each place is its rule in [`RULES`].
#[rustfmt::skip]
const ZONES: &[(&str, &str)] = &[
    ("", "CET0 CST6CDT1 Cuba2 EET3 EST4 EST5EDT5 Egypt6 Eire7 Factory8 GB7 GB-Eire7 GMT8 GMT+08 GMT-08 GMT08 \
        Greenwich8 HST9 HongkongA Iceland8 IranB IsraelC Jamaica4 JapanD KwajaleinE LibyaF MET0 MSTG \
        MST7MDTH NZI NZ-CHATJ NavajoH PRCA PST8PDTK Poland0 Portugal7 ROCA ROKD SingaporeA TurkeyL UCT8 UTC8 \
        Universal8 W-SUL WET7 Zulu8 localtime8"),
    ("Africa", "Abidjan8 Accra8 Addis_AbabaL AlgiersM AsmaraL AsmeraL Bamako8 BanguiM Banjul8 Bissau8 BlantyreF \
        BrazzavilleM BujumburaF Cairo6 CasablancaM Ceuta0 Conakry8 Dakar8 Dar_es_SalaamL DjiboutiL DoualaM \
        El_AaiunM Freetown8 GaboroneF HarareF JohannesburgF JubaF KampalaL KhartoumF KigaliF KinshasaM \
        LagosM LibrevilleM Lome8 LuandaM LubumbashiF LusakaF MalaboM MaputoF MaseruF MbabaneF MogadishuL \
        Monrovia8 NairobiL NdjamenaM NiameyM Nouakchott8 Ouagadougou8 Porto-NovoM Sao_Tome8 Timbuktu8 \
        TripoliF TunisM WindhoekF"),
    ("America", "AdakN AnchorageO AnguillaP AntiguaP AraguainaQ Argentina/Buenos_AiresQ Argentina/CatamarcaQ \
        Argentina/ComodRivadaviaQ Argentina/CordobaQ Argentina/JujuyQ Argentina/La_RiojaQ Argentina/MendozaQ \
        Argentina/Rio_GallegosQ Argentina/SaltaQ Argentina/San_JuanQ Argentina/San_LuisQ Argentina/TucumanQ \
        Argentina/UshuaiaQ ArubaP AsuncionQ Atikokan4 AtkaN BahiaQ Bahia_BanderasR BarbadosP BelemQ BelizeR \
        Blanc-SablonP Boa_VistaP Bogota4 BoiseH Buenos_AiresQ Cambridge_BayH Campo_GrandeP Cancun4 CaracasP \
        CatamarcaQ CayenneQ Cayman4 Chicago1 ChihuahuaR Ciudad_JuarezH Coral_Harbour4 CordobaQ Costa_RicaR \
        CoyhaiqueQ CrestonG CuiabaP CuracaoP Danmarkshavn8 DawsonG Dawson_CreekG DenverH Detroit5 DominicaP \
        EdmontonH Eirunepe4 El_SalvadorR EnsenadaK Fort_NelsonG Fort_Wayne5 FortalezaQ Glace_BayS GodthabT \
        Goose_BayS Grand_Turk5 GrenadaP GuadeloupeP GuatemalaR Guayaquil4 GuyanaP HalifaxS Havana2 \
        HermosilloG Indiana/Indianapolis5 Indiana/Knox1 Indiana/Marengo5 Indiana/Petersburg5 \
        Indiana/Tell_City1 Indiana/Vevay5 Indiana/Vincennes5 Indiana/Winamac5 Indianapolis5 InuvikH Iqaluit5 \
        Jamaica4 JujuyQ JuneauO Kentucky/Louisville5 Kentucky/Monticello5 Knox_IN1 KralendijkP La_PazP Lima4 \
        Los_AngelesK Louisville5 Lower_PrincesP MaceioQ ManaguaR ManausP MarigotP MartiniqueP Matamoros1 \
        MazatlanG MendozaQ Menominee1 MeridaR MetlakatlaO Mexico_CityR MiquelonU MonctonS MonterreyR \
        MontevideoQ Montreal5 MontserratP Nassau5 New_York5 Nipigon5 NomeO NoronhaV North_Dakota/Beulah1 \
        North_Dakota/Center1 North_Dakota/New_Salem1 NuukT Ojinaga1 Panama4 Pangnirtung5 ParamariboQ \
        PhoenixG Port-au-Prince5 Port_of_SpainP Porto_Acre4 Porto_VelhoP Puerto_RicoP Punta_ArenasQ \
        Rainy_River1 Rankin_Inlet1 RecifeQ ReginaR Resolute1 Rio_Branco4 RosarioQ Santa_IsabelK SantaremQ \
        SantiagoW Santo_DomingoP Sao_PauloQ ScoresbysundT ShiprockH SitkaO St_BarthelemyP St_JohnsX \
        St_KittsP St_LuciaP St_ThomasP St_VincentP Swift_CurrentR TegucigalpaR ThuleS Thunder_Bay5 TijuanaK \
        Toronto5 TortolaP VancouverK VirginP WhitehorseG Winnipeg1 YakutatO YellowknifeH"),
    ("Antarctica", "CaseyA DavisY DumontDUrvilleZ Macquariea Mawsonb McMurdoI PalmerQ RotheraQ South_PoleI SyowaL Trollc \
        Vostokb"),
    ("Arctic", "Longyearbyen0"),
    ("Asia", "AdenL Almatyb AmmanL AnadyrE Aqtaub Aqtobeb Ashgabatb Ashkhabadb Atyraub BaghdadL BahrainL Bakud \
        BangkokY BarnaulY Beirute Bishkekf BruneiA Calcuttag ChitaD ChoibalsanA ChongqingA ChungkingA \
        Colombog Daccaf DamascusL Dhakaf DiliD Dubaid Dushanbeb Famagusta3 Gazah HarbinA Hebronh \
        Ho_Chi_MinhY Hong_KongA HovdY IrkutskA IstanbulL JakartaY JayapuraD JerusalemC Kabuli KamchatkaE \
        Karachib Kashgarf Kathmanduj Katmanduj KhandygaD Kolkatag KrasnoyarskY Kuala_LumpurA KuchingA \
        KuwaitL MacaoA MacauA Magadank MakassarA ManilaA Muscatd Nicosia3 NovokuznetskY NovosibirskY Omskf \
        Oralb Phnom_PenhY PontianakY PyongyangD QatarL Qostanayb Qyzylordab Rangoonl RiyadhL SaigonY \
        Sakhalink Samarkandb SeoulD ShanghaiA SingaporeA Srednekolymskk TaipeiA Tashkentb Tbilisid TehranB \
        Tel_AvivC Thimbuf Thimphuf TokyoD TomskY Ujung_PandangA UlaanbaatarA Ulan_BatorA Urumqif Ust-NeraZ \
        VientianeY VladivostokZ YakutskD Yangonl Yekaterinburgb Yerevand"),
    ("Atlantic", "Azoresm BermudaS Canary7 Cape_Verden Faeroe7 Faroe7 Jan_Mayen0 Madeira7 Reykjavik8 South_GeorgiaV \
        St_Helena8 StanleyQ"),
    ("Australia", "ACTa Adelaideo BrisbaneZ Broken_Hillo Canberraa Curriea Darwinp Euclaq Hobarta LHIr LindemanZ \
        Lord_Hower Melbournea NSWa Northp PerthA QueenslandZ Southo Sydneya Tasmaniaa Victoriaa WestA \
        Yancowinnao"),
    ("Brazil", "Acre4 DeNoronhaV EastQ WestP"),
    ("Canada", "AtlanticS Central1 Eastern5 MountainH NewfoundlandX PacificK SaskatchewanR YukonG"),
    ("Chile", "ContinentalW EasterIslands"),
    ("Etc", "GMT8 GMT+08 GMT+1n GMT+109 GMT+11t GMT+12u GMT+2V GMT+3Q GMT+4P GMT+54 GMT+6R GMT+7G GMT+8v GMT+9w \
        GMT-08 GMT-1M GMT-10Z GMT-11k GMT-12E GMT-13x GMT-14y GMT-2F GMT-3L GMT-4d GMT-5b GMT-6f GMT-7Y \
        GMT-8A GMT-9D GMT08 Greenwich8 UCT8 UTC8 Universal8 Zulu8"),
    ("Europe", "Amsterdam0 Andorra0 Astrakhand Athens3 Belfast7 Belgrade0 Berlin0 Bratislava0 Brussels0 Bucharest3 \
        Budapest0 Busingen0 Chisinauz Copenhagen0 Dublin7 Gibraltar0 Guernsey7 Helsinki3 Isle_of_Man7 \
        IstanbulL Jersey7 KaliningradF Kiev3 KirovL Kyiv3 Lisbon7 Ljubljana0 London7 Luxembourg0 Madrid0 \
        Malta0 Mariehamn3 MinskL Monaco0 MoscowL Nicosia3 Oslo0 Paris0 Podgorica0 Prague0 Riga3 Rome0 \
        Samarad San_Marino0 Sarajevo0 Saratovd SimferopolL Skopje0 Sofia3 Stockholm0 Tallinn3 Tirane0 \
        Tiraspolz Ulyanovskd Uzhgorod3 Vaduz0 Vatican0 Vienna0 Vilnius3 VolgogradL Warsaw0 Zagreb0 \
        Zaporozhye3 Zurich0"),
    ("Indian", "AntananarivoL Chagosf ChristmasY Cocosl ComoroL Kerguelenb Mahed Maldivesb Mauritiusd MayotteL \
        Reuniond"),
    ("Mexico", "BajaNorteK BajaSurG GeneralR"),
    ("Pacific", "Apiax AucklandI Bougainvillek ChathamJ ChuukZ Easters Efatek Enderburyx Fakaofox FijiE FunafutiE \
        GalapagosR Gambierw Guadalcanalk GuamZ Honolulu9 Johnston9 Kantonx Kiritimatiy Kosraek KwajaleinE \
        MajuroE Marquesas$ Midwayt NauruE Niuet Norfolk% Noumeak Pago_Pagot PalauD Pitcairnv Pohnpeik \
        Ponapek Port_MoresbyZ Rarotonga9 SaipanZ Samoat Tahiti9 TarawaE Tongatapux TrukZ WakeE WallisE YapZ"),
    ("US", "AlaskaO AleutianN ArizonaG Central1 East-Indiana5 Eastern5 Hawaii9 Indiana-Starke1 Michigan5 \
        MountainH PacificK Samoat"),
];

/// The rules of 2026, each after its character: minutes east of UTC; where there is summer time, also those in summer,
/// and when it begins and ends: month, week (5 is the last), weekday (0 is Sunday), minutes of that day by the clock
/// that was valid before.
const RULES: &str = "
    0 60 120 3.5.0.120 10.5.0.180
    1 -360 -300 3.2.0.120 11.1.0.120
    2 -300 -240 3.2.0.0 11.1.0.60
    3 120 180 3.5.0.180 10.5.0.240
    4 -300
    5 -300 -240 3.2.0.120 11.1.0.120
    6 120 180 4.5.5.0 10.5.4.1440
    7 0 60 3.5.0.60 10.5.0.120
    8 0
    9 -600
    A 480
    B 210
    C 120 180 3.4.4.1560 10.5.0.120
    D 540
    E 720
    F 120
    G -420
    H -420 -360 3.2.0.120 11.1.0.120
    I 720 780 9.5.0.120 4.1.0.180
    J 765 825 9.5.0.165 4.1.0.225
    K -480 -420 3.2.0.120 11.1.0.120
    L 180
    M 60
    N -600 -540 3.2.0.120 11.1.0.120
    O -540 -480 3.2.0.120 11.1.0.120
    P -240
    Q -180
    R -360
    S -240 -180 3.2.0.120 11.1.0.120
    T -120 -60 3.5.0.-60 10.5.0.0
    U -180 -120 3.2.0.120 11.1.0.120
    V -120
    W -240 -180 9.1.6.1440 4.1.6.1440
    X -210 -150 3.2.0.120 11.1.0.120
    Y 420
    Z 600
    a 600 660 10.1.0.120 4.1.0.180
    b 300
    c 0 120 3.5.0.60 10.5.0.180
    d 240
    e 120 180 3.5.0.0 10.5.0.0
    f 360
    g 330
    h 120 180 3.4.4.3000 10.4.4.3000
    i 270
    j 345
    k 660
    l 390
    m -60 0 3.5.0.0 10.5.0.60
    n -60
    o 570 630 10.1.0.120 4.1.0.180
    p 570
    q 525
    r 630 660 10.1.0.120 4.1.0.120
    s -360 -300 9.1.6.1320 4.1.6.1320
    t -660
    u -720
    v -480
    w -540
    x 780
    y 840
    z 120 180 3.5.0.120 10.5.0.180
    $ -570
    % 660 720 10.1.0.120 4.1.0.180
";

/// Why Go's `time.LoadLocation` refuses `name`, or `None` when it is a time zone.
pub fn fault(name: &str) -> Option<String> {
    if name.is_empty() || name == "UTC" || name == "Local" {
        return None;
    }
    if name.contains("..") || name.starts_with(['/', '\\']) {
        return Some("time: invalid location name".to_owned());
    }
    rule_of(name).is_none().then(|| format!("unknown time zone {name}"))
}

/// The character of a zone's rule.
fn rule_of(name: &str) -> Option<&'static str> {
    let (region, place) = name.split_once('/').unwrap_or(("", name));
    let places = ZONES.iter().filter(|(zone, _)| *zone == region).flat_map(|(_, places)| places.split(' '));
    places.into_iter().find_map(|known| known.strip_prefix(place).filter(|rule| rule.len() == 1))
}

/// What clocks in a zone show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Zone {
    /// Seconds east of UTC.
    winter: i64,
    summer: Option<Summer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Summer {
    /// Seconds east of UTC.
    offset: i64,
    begins: Turn,
    ends: Turn,
}

/// When clocks are turned: the `week`th `weekday` of a month, so many seconds into the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Turn {
    month: i64,
    week: i64,
    weekday: i64,
    second: i64,
}

/// The zone of a name; UTC for one that is unknown.
pub fn zone(name: &str) -> Zone {
    let read = || {
        let rule = rule_of(name)?;
        let line = RULES.lines().find_map(|line| line.trim_start().strip_prefix(rule)?.strip_prefix(' '))?;
        let mut words = line.split(' ');
        let minutes = |word: Option<&str>| word?.parse::<i64>().ok().map(|minutes| minutes * 60);
        let turn = |word: Option<&str>| {
            let mut parts = word?.split('.').map_while(|part| part.parse::<i64>().ok());
            let (month, week, weekday) = (parts.next()?, parts.next()?, parts.next()?);
            Some(Turn { month, week, weekday, second: parts.next()? * 60 })
        };
        let winter = minutes(words.next())?;
        let summer = minutes(words.next());
        let turns = turn(words.next()).zip(turn(words.next()));
        let summer = summer.zip(turns).map(|(offset, (begins, ends))| Summer { offset, begins, ends });
        Some(Zone { winter, summer })
    };
    read().unwrap_or_default()
}

const DAY: i64 = 86_400;

impl Turn {
    /// When it is in `year`, in UTC, where clocks went `offset` before.
    fn at(self, year: i64, offset: i64) -> i64 {
        let first = day_of(year, self.month, 1);
        let days_in_month = day_of(year + self.month / 12, self.month % 12 + 1, 1) - first;
        let mut day = (self.weekday - (first + 4).rem_euclid(7)).rem_euclid(7) + 7 * (self.week - 1);
        while day >= days_in_month {
            day -= 7;
        }
        (first + day) * DAY + self.second - offset
    }
}

impl Zone {
    /// Seconds east of UTC at `utc`, and when that changes next.
    pub fn offset(self, utc: i64) -> (i64, Option<i64>) {
        let Some(summer) = self.summer else { return (self.winter, None) };
        let year = 1970 + utc.div_euclid(DAY) * 400 / 146_097;
        let mut turns: Vec<(i64, i64)> = (year - 1..=year + 1)
            .flat_map(|year| {
                [
                    (summer.begins.at(year, self.winter), summer.offset),
                    (summer.ends.at(year, summer.offset), self.winter),
                ]
            })
            .collect();
        collections::sort_by_key(&mut turns, |turn| *turn);
        let later = turns.partition_point(|(at, _)| *at <= utc);
        let now = later.checked_sub(1).and_then(|last| turns.get(last)).map_or(self.winter, |(_, offset)| *offset);
        (now, turns.get(later).map(|(at, _)| *at))
    }
}

/// The day, counted from 1970, of a date of the Gregorian calendar; years are counted from March.
fn day_of(year: i64, month: i64, date: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + date - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["Etc/UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "CET", "UTC"] {
            assert_eq!(fault(name), None, "{name}");
        }
        assert_eq!(fault("Nope/Zone").as_deref(), Some("unknown time zone Nope/Zone"));
        assert_eq!(fault("europe/berlin").as_deref(), Some("unknown time zone europe/berlin"));
        assert_eq!(fault("Europe/Berli").as_deref(), Some("unknown time zone Europe/Berli"));
        assert_eq!(fault("../x").as_deref(), Some("time: invalid location name"));
    }

    #[test]
    fn clocks_of_zones() {
        // 2026-01-15 and 2026-07-15, noon in UTC.
        let (january, july) = (day_of(2026, 1, 15) * DAY + DAY / 2, day_of(2026, 7, 15) * DAY + DAY / 2);
        for (name, winter, summer) in [
            ("UTC", 0, 0),
            ("Asia/Shanghai", 480, 480),
            ("Asia/Kolkata", 330, 330),
            ("Europe/Berlin", 60, 120),
            ("Europe/Dublin", 0, 60),
            ("America/New_York", -300, -240),
            ("Australia/Sydney", 660, 600),
            ("Australia/Lord_Howe", 660, 630),
        ] {
            let zone = zone(name);
            assert_eq!((zone.offset(january).0 / 60, zone.offset(july).0 / 60), (winter, summer), "{name}");
        }
        // Berlin's clocks are turned on 2026-03-29 at 01:00 UTC, New York's on 2026-03-08 at 07:00 UTC.
        assert_eq!(zone("Europe/Berlin").offset(january).1, Some(day_of(2026, 3, 29) * DAY + 3_600));
        assert_eq!(zone("America/New_York").offset(january).1, Some(day_of(2026, 3, 8) * DAY + 7 * 3_600));
    }
}
