/** The connection to Elasticsearch, and what is set up there. */
@NullMarked
package io.tricolor.loggateway.elastic;

import org.jspecify.annotations.NullMarked;
