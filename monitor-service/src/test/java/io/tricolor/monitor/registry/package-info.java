/** Tests. */
@NullMarked
package io.tricolor.monitor.registry;

import org.jspecify.annotations.NullMarked;
