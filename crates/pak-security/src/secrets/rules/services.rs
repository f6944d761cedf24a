//! Everything else one signs up for.

use super::super::checks;
use super::{
    Assigned,
    Severity::{Low, Medium},
    Token, assigned, token,
};

const UUID: &str = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";

pub(super) const TOKENS: &[Token] = &[
    token("databricks-token", "Databricks token", &["dapi", "dose"], r"(?:dapi|dose)[0-9a-f]{32}(?:-\d)?").entropy(3.0),
    token("postman-api-key", "Postman API key", &["pmak-"], r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    token("linear-api-key", "Linear API key", &["lin_api_", "lin_oauth_"], r"lin_(?:api|oauth)_[0-9A-Za-z]{40,64}"),
    token(
        "notion-token",
        "Notion token",
        &["ntn_", "secret_"],
        r"ntn_[0-9]{11}[0-9A-Za-z]{32,36}|secret_[0-9A-Za-z]{43}",
    )
    .entropy(3.8),
    token("figma-token", "Figma token", &["figd_", "figu_", "figo_"], r"fig[duo]_[\w-]{38,46}"),
    token("airtable-token", "Airtable token", &["pat"], r"pat[0-9A-Za-z]{14}\.[0-9a-f]{64}"),
    token("typeform-token", "Typeform token", &["tfp_"], r"tfp_[\w.=-]{40,64}"),
    token("frameio-token", "Frame.io token", &["fio-u-"], r"fio-u-[\w=-]{64}"),
    token("mapbox-secret-token", "Mapbox secret token", &["sk.eyj"], r"sk\.eyJ[\w-]{40,100}\.[\w-]{20,24}"),
    token("mapbox-public-token", "Mapbox public token", &["pk.eyj"], r"pk\.eyJ[\w-]{40,100}\.[\w-]{20,24}")
        .checked(checks::public),
    token("facebook-token", "Facebook access token", &["eaac", "eaam", "eaab"], r"EAA[MCB][0-9A-Za-z]{90,}")
        .entropy(3.8),
    token("instagram-token", "Instagram token", &["igqv", "igaa"], r"IG(?:QV|AA)[\w-]{80,}").entropy(3.8),
    token("twitter-bearer", "X bearer token", &["aaaaaaaaaaaaaaaaaaaaa"], r"A{21,22}[0-9A-Za-z%]{80,120}").entropy(3.2),
    token(
        "linkedin-secret",
        "LinkedIn client secret",
        &["wpl_ap"],
        r"WPL_AP[01]\.[0-9A-Za-z]{14,20}\.[0-9A-Za-z+/=]{6,}",
    ),
    token("readme-token", "ReadMe API key", &["rdme_"], r"rdme_[0-9a-z]{70}"),
    token("ionic-token", "Ionic token", &["ion_"], r"ion_[0-9A-Za-z]{42}").checked(checks::mixed),
    token("prefect-token", "Prefect token", &["pnu_", "pnb_"], r"pn[ub]_[0-9A-Za-z]{36}").checked(checks::mixed),
    token("adobe-secret", "Adobe client secret", &["p8e-"], r"p8e-[\w-]{32}"),
    token("workos-key", "WorkOS key", &["sk_live_"], r"sk_live_a2V5Xz[0-9A-Za-z+/=]{40,90}"),
    token("salesforce-token", "Salesforce access token", &["00d"], r"00D[0-9A-Za-z]{12}![\w.]{80,260}").entropy(3.8),
    token(
        "hubspot-token",
        "HubSpot private app token",
        &["pat-na1-", "pat-na2-", "pat-eu1-"],
        r"pat-(?:na\d|eu\d)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    ),
    token("contentful-token", "Contentful personal token", &["cfpat-"], r"CFPAT-[\w-]{43}"),
    token("storyblok-token", "Storyblok token", &["sbtk_"], r"sbtk_[\w-]{30,60}"),
    token("apify-token", "Apify token", &["apify_api_"], r"apify_api_[0-9A-Za-z]{34,38}"),
    token("brave-search-key", "Brave Search key", &["bsa"], r"BSA[0-9A-Za-z_-]{24,40}")
        .checked(checks::mixed)
        .entropy(4.0),
    token("maxmind-key", "MaxMind license key", &["_mmk"], r"[0-9A-Za-z]{6}_[0-9A-Za-z]{29}_mmk").inside(36),
    token("onfido-token", "Onfido token", &["api_live"], r"api_live(?:_[a-z]{2})?\.[\w-]{20,80}"),
    token("unkey-key", "Unkey root key", &["unkey_"], r"unkey_[0-9A-Za-z]{20,32}"),
    token("zuplo-key", "Zuplo key", &["zpka_"], r"zpka_[0-9a-z]{32}_[0-9a-f]{8}"),
    token(
        "trigger-key",
        "Trigger.dev key",
        &["tr_prod_", "tr_dev_", "tr_stg_"],
        r"tr_(?:prod|dev|stg)_[0-9A-Za-z]{20,32}",
    ),
    token("inngest-key", "Inngest signing key", &["signkey-"], r"signkey-(?:prod|test|branch)-[0-9a-f]{32,64}"),
    token("svix-key", "Svix key", &["sk_svix_"], r"sk_svix_[\w-]{24,60}"),
    token("canva-secret", "Canva client secret", &["cnvca"], r"cnvca[\w-]{51}"),
    token("lichess-token", "Lichess token", &["lip_"], r"lip_[0-9A-Za-z]{20,60}").checked(checks::mixed),
    token("wakatime-key", "WakaTime key", &["waka_"], r"waka_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").weighs(Low),
    token("intra42-secret", "Intra42 client secret", &["s-s4t2"], r"s-s4t2(?:ud|af)-[0-9a-f]{64}"),
    token("endor-key", "Endor Labs key", &["endr+"], r"endr\+[0-9A-Za-z-]{16}"),
    token("aikido-token", "Aikido token", &["aik_ci_", "aik_secret_"], r"AIK_(?:CI|SECRET)_[0-9A-Za-z]{20,64}"),
    token("snyk-token", "Snyk token", &["snyk_uat.", "snyk_sat."], r"snyk_[us]at\.[0-9a-f]{8}\.[\w-]{20,}\.[\w-]{20,}"),
    token("dropbox-token", "Dropbox token", &["sl."], r"sl\.(?:u\.)?[\w-]{130,}"),
    token("miro-token", "Miro token", &["eyjtaxjv"], r"eyJtaXJv[\w-]{20,80}_[\w-]{20,64}"),
];

pub(super) const ASSIGNED: &[Assigned] = &[
    assigned("okta-token", "Okta token", &["okta"], r"00[\w=-]{40}"),
    assigned("auth0-secret", "Auth0 client secret", &["auth0"], r"[\w-]{48,128}").checked(checks::mixed),
    assigned("snyk-token", "Snyk token", &["snyk"], UUID),
    assigned("airtable-key", "Airtable key", &["airtable"], r"key[0-9A-Za-z]{14}").checked(checks::mixed),
    assigned("asana-secret", "Asana secret", &["asana"], r"[0-9a-z]{32}|[012]/\d{13,17}(?:/\d{13,17})?:[0-9a-f]{32}")
        .checked(checks::mixed),
    assigned("dropbox-token", "Dropbox token", &["dropbox"], r"[0-9a-z]{15}|[\w-]{64}").checked(checks::mixed),
    assigned("facebook-secret", "Facebook app secret", &["facebook", "fb_", "instagram", "meta_"], r"[0-9a-f]{32}"),
    assigned(
        "twitter-secret",
        "X API secret",
        &["twitter", "consumer_secret", "x_api"],
        r"[0-9A-Za-z]{25}|[0-9A-Za-z]{45}|[0-9A-Za-z]{50}|\d{15,25}-[0-9A-Za-z]{20,40}",
    )
    .checked(checks::mixed),
    assigned("linkedin-secret", "LinkedIn client secret", &["linkedin"], r"[0-9A-Za-z]{16}").checked(checks::mixed),
    assigned("twitch-secret", "Twitch secret", &["twitch"], r"[0-9a-z]{30}").checked(checks::mixed),
    assigned("spotify-secret", "Spotify client secret", &["spotify"], r"[0-9a-f]{32}"),
    assigned("hubspot-key", "HubSpot API key", &["hubspot", "hapi"], UUID),
    assigned("squarespace-key", "Squarespace key", &["squarespace", "messagebird"], UUID),
    assigned(
        "maps-key",
        "Weather or map service key",
        &["openweather", "weatherstack", "maptiler", "rapidapi", "finnhub"],
        r"[0-9A-Za-z_-]{20,50}",
    )
    .checked(checks::mixed)
    .weighs(Medium),
    assigned(
        "virustotal-key",
        "VirusTotal key",
        &["virustotal", "shodan", "abuseipdb"],
        r"[0-9a-f]{64,80}|[0-9A-Za-z]{32}",
    ),
    assigned("contentful-token", "Contentful token", &["contentful"], r"[\w=-]{43}").checked(checks::mixed),
    assigned("cloudinary-secret", "Cloudinary secret", &["cloudinary"], r"[0-9A-Za-z_-]{27,32}").checked(checks::mixed),
    assigned(
        "recaptcha-secret",
        "reCAPTCHA secret",
        &["recaptcha", "captcha", "turnstile"],
        r"6L[\w-]{38}|0x4[0-9A-Za-z_-]{30,36}",
    )
    .weighs(Medium),
    assigned("looker-secret", "Looker secret", &["looker"], r"[0-9A-Za-z]{20,24}").checked(checks::mixed),
    assigned("etsy-key", "Marketplace key", &["etsy", "ebay"], r"[0-9A-Za-z-]{24,40}").checked(checks::mixed),
];
