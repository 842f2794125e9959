use crate::{AgentCard, AgentInterface, ProtocolVersion};

impl AgentCard {
    /// The first interface whose binding and version the caller speaks (A2A 8.3.2): the order
    /// is the agent's.
    ///
    /// Bindings are compared exactly, versions without their patch part. The tenant of the
    /// interface, if it has one, goes along with every request.
    ///
    /// ```
    /// use agent_card::{AgentCard, AgentInterface, Limits, ProtocolVersion};
    ///
    /// let card = br#"{"supportedInterfaces":[
    ///     {"url":"a.example:443","protocolBinding":"GRPC","protocolVersion":"1.0"},
    ///     {"url":"https://a.example/","protocolBinding":"JSONRPC","protocolVersion":"1.0"}]}"#;
    /// let card = AgentCard::parse(card, &Limits::default())?.card;
    ///
    /// let spoken = [(AgentInterface::JSONRPC, ProtocolVersion::V1_0)];
    /// assert_eq!(card.select_interface(&spoken).unwrap().url, "https://a.example/");
    /// # Ok::<(), agent_card::Error>(())
    /// ```
    #[must_use]
    pub fn select_interface(&self, spoken: &[(&str, ProtocolVersion)]) -> Option<&AgentInterface> {
        self.supported_interfaces.iter().find(|interface| {
            let version = interface.protocol_version.parse();
            version.is_ok_and(|version| spoken.contains(&(&interface.protocol_binding, version)))
        })
    }
}
