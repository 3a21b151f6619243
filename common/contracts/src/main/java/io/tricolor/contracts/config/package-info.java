/** Facts of the configuration center. Never a value: references and hashes only. */
@NullMarked
package io.tricolor.contracts.config;

import org.jspecify.annotations.NullMarked;
