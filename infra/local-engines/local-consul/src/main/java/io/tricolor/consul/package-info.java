/** A registry and key-value store for one machine that speaks a subset of the Consul HTTP API. */
@NullMarked
package io.tricolor.consul;

import org.jspecify.annotations.NullMarked;
