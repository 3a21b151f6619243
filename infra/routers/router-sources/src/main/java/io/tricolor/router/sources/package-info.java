/** How routers of the JVM read what Consul and strategy-service tell them: instances, tables, lists of ids. */
@NullMarked
package io.tricolor.router.sources;

import org.jspecify.annotations.NullMarked;
