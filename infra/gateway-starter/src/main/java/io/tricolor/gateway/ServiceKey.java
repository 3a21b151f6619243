package io.tricolor.gateway;

/** A service of a group. */
record ServiceKey(String group, String service) {

    /** Its name in the registry. */
    String registryName() {
        return group + "-" + service;
    }
}
