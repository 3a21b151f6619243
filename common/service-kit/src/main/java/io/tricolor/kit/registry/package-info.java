/** Registration in Consul. */
@NullMarked
package io.tricolor.kit.registry;

import org.jspecify.annotations.NullMarked;
