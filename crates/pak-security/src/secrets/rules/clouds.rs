//! Clouds and hosting.

use super::super::checks;
use super::{
    Assigned,
    Severity::{Critical, Medium},
    Token, assigned, token,
};

const UUID: &str = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";

pub(super) const TOKENS: &[Token] = &[
    token(
        "aws-access-key-id",
        "AWS access key id",
        &["akia", "asia", "abia", "acca", "a3t"],
        r"(?:A3T[0-9A-Z]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
    )
    .checked(checks::account_number)
    .entropy(3.0),
    token(
        "aws-bedrock-key",
        "AWS Bedrock API key",
        &["absk", "bedrock-api-key-"],
        r"ABSK[0-9A-Za-z+/]{100,269}={0,2}|bedrock-api-key-YmVkcm9jay5[0-9A-Za-z+/=]{20,}",
    ),
    token("aws-mws-key", "Amazon MWS key", &["amzn.mws."], r"amzn\.mws\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    token("google-api-key", "Google API key", &["aiza"], r"AIza[\w-]{35}").entropy(3.2),
    token("google-gemini-key", "Google Gemini API key", &["aq.ab8rn6"], r"AQ\.Ab8RN6[\w-]{44}"),
    token("google-oauth-secret", "Google OAuth client secret", &["gocspx-"], r"GOCSPX-[\w-]{24,32}"),
    token("google-oauth-token", "Google OAuth access token", &["ya29."], r"ya29\.[\w-]{30,}").weighs(Medium),
    token("google-refresh-token", "Google OAuth refresh token", &["1//0"], r"1//0[\w-]{40,110}").entropy(3.8),
    token(
        "azure-client-secret",
        "Azure client secret",
        &["0q~", "1q~", "2q~", "3q~", "4q~", "5q~", "6q~", "7q~", "8q~", "9q~"],
        r"[0-9A-Za-z_~.]{3}\dQ~[\w~.-]{31,34}",
    )
    .inside(3)
    .entropy(3.2),
    token("azure-storage-key", "Azure storage account key", &["accountkey="], r"(?i:AccountKey)=([0-9A-Za-z+/]{86}==)")
        .checked(checks::azure_key)
        .weighs(Critical),
    token(
        "azure-shared-access-key",
        "Azure shared access key",
        &["sharedaccesskey="],
        r"(?i:SharedAccessKey)=([0-9A-Za-z+/]{32,100}={0,2})",
    )
    .weighs(Critical),
    token(
        "azure-sas-signature",
        "Azure shared access signature",
        &["sig="],
        r"sig=([0-9A-Za-z%+/]{43,63}(?:%3[dD]|=))",
    )
    .entropy(3.5)
    .weighs(Medium),
    token("azure-marked-key", "Azure resource key", &["jqqj99"], r"[0-9A-Za-z]{52}JQQJ99[0-9A-Za-z]{26}").inside(52),
    token("azure-function-key", "Azure function key", &["azfu"], r"[\w-]{44}AzFu[\w-]{8,9}={0,2}").inside(44),
    token("azure-search-key", "Azure AI Search key", &["azse"], r"[0-9A-Za-z]{42}AzSe[0-9A-Za-z]{6}").inside(42),
    token(
        "azure-container-registry-key",
        "Azure container registry password",
        &["+acr"],
        r"[0-9A-Za-z+/]{42}\+ACR[0-9A-Za-z]{6}",
    )
    .inside(42),
    token("azure-cosmos-key", "Azure Cosmos DB key", &["acdb"], r"[0-9A-Za-z+/]{76}ACDb[0-9A-Za-z+/=]{8}").inside(76),
    token(
        "azure-app-configuration",
        "Azure App Configuration connection string",
        &["azconfig.io"],
        r"azconfig\.io;Id=[^;\s]{4,80};Secret=([0-9A-Za-z+/]{36,100}={0,2})",
    )
    .weighs(Critical),
    token("digitalocean-token", "DigitalOcean token", &["dop_v1_", "doo_v1_", "dor_v1_"], r"do[opr]_v1_[0-9a-f]{64}")
        .weighs(Critical),
    token("heroku-api-key", "Heroku API key", &["hrku-"], r"HRKU-[\w-]{36,64}").weighs(Critical),
    token(
        "cloudflare-token",
        "Cloudflare API token",
        &["cfut_", "cfat_", "cfk_"],
        r"cf(?:[ua]t|k)_[0-9A-Za-z]{40}[0-9a-f]{8}",
    )
    .weighs(Critical),
    token("cloudflare-origin-key", "Cloudflare origin CA key", &["v1.0-"], r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}"),
    token(
        "fly-token",
        "Fly.io token",
        &["flyv1 ", "fm2_", "fm1r_", "fm1a_", "fo1_"],
        r"(?:FlyV1 )?fm(?:1[ar]|2)_[0-9A-Za-z+/=_,-]{40,}|FlyV1 [0-9A-Za-z+/=_,-]{100,}|fo1_[\w-]{43}",
    )
    .long(),
    token("alibaba-access-key-id", "Alibaba Cloud access key id", &["ltai"], r"LTAI[0-9A-Za-z]{12,21}").entropy(3.2),
    token("tencent-secret-id", "Tencent Cloud secret id", &["akid"], r"AKID[0-9A-Za-z]{32}").entropy(3.5),
    token(
        "yandex-token",
        "Yandex Cloud key",
        &["aqvn", "t1.9eu", "ycaje", "ycbje"],
        r"AQVN[\w-]{35,38}|YC[AB]je[\w-]{20,40}|t1\.9eu[\w-]{20,}={0,2}\.[\w-]{86}={0,2}",
    ),
    token("scaleway-access-key", "Scaleway access key", &["scw"], r"SCW[0-9A-Z]{17}").entropy(3.2).weighs(Medium),
    token("exoscale-key", "Exoscale API key", &["exo"], r"EXO[0-9a-f]{24}").entropy(3.0).weighs(Medium),
    token("upcloud-token", "UpCloud token", &["ucat_"], r"ucat_[0-9A-Za-z]{24,32}"),
    token("terraform-token", "HCP Terraform token", &[".atlasv1."], r"[0-9A-Za-z]{14}\.atlasv1\.[\w=-]{60,70}")
        .inside(14)
        .weighs(Critical),
    token("vault-token", "Vault token", &["hvs.", "hvb.", "hvr."], r"hv[sbr]\.[\w-]{24,300}").weighs(Critical),
    token("pulumi-token", "Pulumi access token", &["pul-"], r"pul-[0-9a-f]{40}").weighs(Critical),
    token("infracost-api-key", "Infracost API key", &["ico-"], r"ico-[0-9A-Za-z]{32}").weighs(Medium),
    token(
        "doppler-token",
        "Doppler token",
        &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."],
        r"dp\.(?:pt|ct|sa|scim|audit|st(?:\.[\w-]{2,35})?)\.[0-9A-Za-z]{40,44}",
    )
    .weighs(Critical),
    token(
        "1password-service-token",
        "1Password service account token",
        &["ops_eyj"],
        r"ops_eyJ[0-9A-Za-z+/]{120,}={0,3}",
    )
    .weighs(Critical)
    .long(),
    token(
        "1password-secret-key",
        "1Password secret key",
        &["a3-"],
        r"A3-[0-9A-Z]{6}-(?:[0-9A-Z]{11}|[0-9A-Z]{6}-[0-9A-Z]{5})-[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{5}",
    )
    .entropy(3.4),
    token("netlify-token", "Netlify token", &["nfp_", "nfo_", "nfc_", "nfb_", "nfu_"], r"nf[pocbu]_[0-9A-Za-z]{36,60}"),
    token("vercel-token", "Vercel token", &["vcp_", "vci_", "vca_", "vcr_", "vck_"], r"vc[piark]_[\w-]{24,60}"),
    token("render-api-key", "Render API key", &["rnd_"], r"rnd_[0-9A-Za-z]{28,40}").checked(checks::mixed),
    token("railway-token", "Railway token", &["railway_"], r"railway_[0-9A-Za-z_-]{32,64}").checked(checks::mixed),
    token("tailscale-key", "Tailscale key", &["tskey-"], r"tskey-(?:[a-z]+-)?[0-9A-Za-z]{8,24}-[0-9A-Za-z]{20,40}"),
    token("openshift-token", "OpenShift token", &["sha256~"], r"sha256~[\w-]{43}"),
    token(
        "docker-swarm-key",
        "Docker swarm token",
        &["swmtkn-1-", "swmkey-1-"],
        r"SWMTKN-1-[0-9a-z]{50,60}-[0-9a-z]{24,30}|SWMKEY-1-[0-9A-Za-z+/]{40,50}",
    ),
    token(
        "ngrok-token",
        "ngrok token",
        &["ngrok"],
        r"(?i:ngrok)[\w.-]{0,20}['\x22]?[ \t:=]{1,4}['\x22]?([1-3][0-9A-Za-z]{26}_\d[0-9A-Za-z]{20})",
    ),
    token(
        "defined-networking-token",
        "Defined Networking token",
        &["dnkey-"],
        r"dnkey-[0-9A-Za-z=_-]{26}-[0-9A-Za-z=_-]{52}",
    ),
];

pub(super) const ASSIGNED: &[Assigned] = &[
    assigned(
        "aws-secret-access-key",
        "AWS secret access key",
        &["aws", "secret_access", "secretaccess", "s3_secret", "akia"],
        r"[0-9A-Za-z/+]{40}",
    )
    .checked(checks::mixed)
    .weighs(Critical),
    assigned(
        "aws-session-token",
        "AWS session token",
        &["aws_session", "session_token", "sessiontoken"],
        r"(?:FwoG|IQoJ|FQoG|AQoD)[0-9A-Za-z+/=]{80,}",
    ),
    assigned("azure-storage-key", "Azure storage account key", &[], r"[0-9A-Za-z+/]{86}==")
        .checked(checks::azure_key)
        .weighs(Critical),
    assigned(
        "azure-client-secret",
        "Azure client secret",
        &["azure", "arm_client"],
        r"[0-9A-Za-z_~.-]{30,44}|[0-9A-Za-z+/]{43}=",
    )
    .checked(checks::mixed),
    assigned(
        "alibaba-secret-key",
        "Alibaba Cloud secret key",
        &["alibaba", "aliyun", "alicloud", "ltai"],
        r"[0-9A-Za-z]{30}",
    )
    .checked(checks::mixed)
    .weighs(Critical),
    assigned("tencent-secret-key", "Tencent Cloud secret key", &["tencent", "qcloud", "akid"], r"[0-9A-Za-z]{32}")
        .checked(checks::mixed)
        .weighs(Critical),
    assigned(
        "cloudflare-api-key",
        "Cloudflare API key",
        &["cloudflare", "cf_api", "cf_token", "cf_key"],
        r"[0-9a-f]{37}|[0-9A-Za-z_-]{40}",
    )
    .checked(checks::mixed)
    .weighs(Critical),
    assigned("heroku-api-key", "Heroku API key", &["heroku"], UUID).weighs(Critical),
    assigned("scaleway-secret-key", "Scaleway secret key", &["scaleway", "scw"], UUID).weighs(Critical),
    assigned("linode-token", "Linode token", &["linode"], r"[0-9a-f]{64}").weighs(Critical),
    assigned("hetzner-token", "Hetzner Cloud token", &["hcloud", "hetzner"], r"[0-9A-Za-z]{64}").weighs(Critical),
    assigned("vultr-api-key", "Vultr API key", &["vultr"], r"[0-9A-Za-z]{36}").checked(checks::mixed),
    assigned(
        "digitalocean-spaces-key",
        "DigitalOcean secret",
        &["digitalocean", "do_spaces", "spaces_"],
        r"[0-9A-Za-z/+]{43}|[0-9a-f]{64}",
    ),
    assigned("ibm-cloud-api-key", "IBM Cloud API key", &["ibm", "bluemix"], r"[\w-]{42,44}").checked(checks::mixed),
    assigned("oracle-cloud-key", "Oracle Cloud secret", &["oci_", "oracle"], r"[0-9A-Za-z+/]{43}=|\S{12,30}")
        .checked(checks::mixed),
    assigned("ovh-secret", "OVH secret", &["ovh"], r"[0-9A-Za-z]{32}").checked(checks::mixed),
    assigned("fastly-api-token", "Fastly API token", &["fastly"], r"[\w-]{32}").checked(checks::mixed),
    assigned("netlify-token", "Netlify token", &["netlify"], r"[\w-]{40,64}").checked(checks::mixed),
    assigned("vercel-token", "Vercel token", &["vercel", "zeit_"], r"[0-9A-Za-z]{24}").checked(checks::mixed),
    assigned("fly-token", "Fly.io token", &["fly_"], r"[\w-]{40,}").checked(checks::mixed),
    assigned("railway-token", "Railway token", &["railway"], UUID),
    assigned("consul-token", "Consul or Nomad token", &["consul", "nomad"], UUID),
    assigned("vault-token", "Vault token", &["vault"], r"s\.[0-9A-Za-z]{24}"),
    assigned("civo-api-key", "Civo API key", &["civo"], r"[0-9A-Za-z]{50}"),
];
