/** What is registered in Consul, and calls to what was found there. */
@NullMarked
package io.tricolor.monitor.registry;

import org.jspecify.annotations.NullMarked;
