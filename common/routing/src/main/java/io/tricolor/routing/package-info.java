/**
 * The route table and the routing decision: pure, the same in every router, held to the conformance vectors in this
 * jar.
 */
@NullMarked
package io.tricolor.routing;

import org.jspecify.annotations.NullMarked;
