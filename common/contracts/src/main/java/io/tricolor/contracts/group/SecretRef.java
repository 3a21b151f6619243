package io.tricolor.contracts.group;

/**
 * Names a secret; its value is in no manifest, event or message.
 *
 * @param secretRef its name where secrets are kept: letters, digits, dots, dashes and underscores, up to 128
 */
public record SecretRef(String secretRef) {}
