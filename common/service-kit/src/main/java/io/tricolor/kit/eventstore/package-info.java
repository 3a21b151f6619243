/** Axon's event store on PostgreSQL, by stable type names, without gaps. */
@NullMarked
package io.tricolor.kit.eventstore;

import org.jspecify.annotations.NullMarked;
