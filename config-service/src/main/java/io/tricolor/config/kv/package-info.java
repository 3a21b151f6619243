/** Current configuration as keys of Consul's store, for clients that watch it. */
@NullMarked
package io.tricolor.config.kv;

import org.jspecify.annotations.NullMarked;
