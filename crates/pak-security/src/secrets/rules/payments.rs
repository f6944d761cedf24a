//! Payments, shops and banks.

use super::super::checks;
use super::{
    Assigned,
    Severity::{Critical, Low},
    Token, assigned, token,
};

pub(super) const TOKENS: &[Token] = &[
    token(
        "stripe-live-key",
        "Stripe secret key",
        &["sk_live_", "rk_live_", "sk_prod_", "rk_prod_"],
        r"[sr]k_(?:live|prod)_[0-9A-Za-z]{16,247}",
    )
    .weighs(Critical),
    token("stripe-test-key", "Stripe test key", &["sk_test_", "rk_test_"], r"[sr]k_test_[0-9A-Za-z]{16,247}")
        .weighs(Low),
    token(
        "stripe-public-key",
        "Stripe publishable key",
        &["pk_live_", "pk_test_"],
        r"pk_(?:live|test)_[0-9A-Za-z]{10,247}",
    )
    .checked(checks::public),
    token("stripe-webhook-secret", "Stripe webhook secret", &["whsec_"], r"whsec_[0-9A-Za-z+/=]{24,64}"),
    token(
        "square-token",
        "Square access token",
        &["sq0atp-", "sq0csp-", "eaaa"],
        r"sq0atp-[\w-]{22}|sq0csp-[\w-]{43}|EAAA[\w-]{60}",
    )
    .entropy(3.5),
    token(
        "paypal-token",
        "PayPal Braintree token",
        &["access_token$production$"],
        r"access_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32}",
    ),
    token(
        "shopify-token",
        "Shopify token",
        &["shpat_", "shpca_", "shppa_", "shpss_", "shptka_"],
        r"shp(?:at|ca|pa|ss|tka)_[0-9a-fA-F]{32}",
    ),
    token("razorpay-key", "Razorpay key", &["rzp_live_"], r"rzp_live_[0-9A-Za-z]{14}"),
    token("flutterwave-key", "Flutterwave secret key", &["flwseck"], r"FLWSECK(?:_TEST)?-[0-9a-zA-Z]{12,44}(?:-X)?"),
    token(
        "paddle-key",
        "Paddle API key",
        &["pdl_live_apikey_", "pdl_sdbx_apikey_"],
        r"pdl_(?:live|sdbx)_apikey_[0-9a-z]{26}_[0-9A-Za-z]{22}_[0-9A-Za-z]{3}",
    ),
    token(
        "plaid-access-token",
        "Plaid access token",
        &["access-production-", "access-development-"],
        r"access-(?:production|development)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    ),
    token("adyen-key", "Adyen API key", &["aqe"], r"AQE[0-9A-Za-z+/]{60,}[=.]{0,2}[0-9A-Za-z+/=.]{20,}").entropy(4.2),
    token("easypost-token", "EasyPost token", &["ezak", "eztk"], r"EZ[AT]K[0-9a-zA-Z]{54}"),
    token("shippo-token", "Shippo token", &["shippo_live_", "shippo_test_"], r"shippo_(?:live|test)_[0-9a-fA-F]{40}"),
    token("duffel-token", "Duffel token", &["duffel_live_", "duffel_test_"], r"duffel_(?:live|test)_[\w=-]{43}"),
    token("gocardless-token", "GoCardless token", &["live_"], r"live_[\w=-]{40}").checked(checks::mixed).entropy(4.2),
    token("polar-token", "Polar token", &["polar_oat_", "polar_pat_"], r"polar_[op]at_[\w-]{20,100}"),
    token("asaas-api-key", "Asaas API key", &["$aact_"], r"\$aact_[\w-]{20,200}"),
    token("xendit-key", "Xendit key", &["xnd_production_"], r"xnd_production_[0-9A-Za-z]{56,72}"),
];

pub(super) const ASSIGNED: &[Assigned] = &[
    assigned("paypal-secret", "PayPal secret", &["paypal"], r"E[\w.-]{60,90}|A[\w-]{78,99}"),
    assigned("razorpay-secret", "Razorpay secret", &["razorpay"], r"[0-9A-Za-z]{24}").checked(checks::mixed),
    assigned("plaid-secret", "Plaid secret", &["plaid"], r"[0-9a-f]{30}"),
    assigned("coinbase-secret", "Coinbase secret", &["coinbase"], r"[\w-]{32,64}").checked(checks::mixed),
    assigned(
        "exchange-secret",
        "Exchange key",
        &["binance", "kraken", "kucoin", "bittrex", "bitfinex"],
        r"[0-9A-Za-z+/=_-]{24,90}",
    )
    .checked(checks::mixed),
    assigned("mollie-key", "Mollie key", &["mollie"], r"live_[0-9A-Za-z]{30}"),
    assigned(
        "wallet-private-key",
        "Wallet private key",
        &["wallet", "eth", "private_key", "privatekey", "mnemonic", "deployer"],
        r"0x[0-9a-fA-F]{64}",
    )
    .weighs(Critical),
];
